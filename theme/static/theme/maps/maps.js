/* Leaflet on a plain ground: what the maps of the admin share. No tiles are needed; a council may
   set an address of its own tiles. */
(function () {
    "use strict";

    function readJson(id) {
        const script = document.getElementById(id);
        return script ? JSON.parse(script.textContent) : null;
    }

    function plainMap(element) {
        const map = L.map(element, { maxZoom: 18, zoomSnap: 0.25, wheelPxPerZoomLevel: 120, fadeAnimation: false });
        map.attributionControl.setPrefix("Leaflet");
        if (element.dataset.tileUrl) {
            L.tileLayer(element.dataset.tileUrl, { maxZoom: 19 }).addTo(map);
        }
        L.control.scale({ imperial: true, metric: true }).addTo(map);
        return map;
    }

    /* [[label, words], …] as a definition list. */
    function facts(pairs) {
        const list = document.createElement("dl");
        list.className = "theme-facts";
        pairs.forEach(function (pair) {
            const label = document.createElement("dt");
            const words = document.createElement("dd");
            label.textContent = pair[0];
            words.textContent = pair[1];
            list.append(label, words);
        });
        return list;
    }

    /* Dots that differ in form as well as in colour, drawn on one canvas. */
    const FORMS = {
        square: function (ctx, x, y, r) { ctx.rect(x - r, y - r, 2 * r, 2 * r); },
        diamond: function (ctx, x, y, r) { ctx.moveTo(x, y - r * 1.4); ctx.lineTo(x + r * 1.4, y); ctx.lineTo(x, y + r * 1.4); ctx.lineTo(x - r * 1.4, y); ctx.closePath(); },
        triangle: function (ctx, x, y, r) { ctx.moveTo(x, y - r * 1.5); ctx.lineTo(x + r * 1.4, y + r); ctx.lineTo(x - r * 1.4, y + r); ctx.closePath(); },
        cross: function (ctx, x, y, r) { ctx.moveTo(x - r, y - r); ctx.lineTo(x + r, y + r); ctx.moveTo(x + r, y - r); ctx.lineTo(x - r, y + r); },
    };
    const FormMarker = L.CircleMarker.extend({
        _updatePath: function () {
            const form = FORMS[this.options.form];
            if (!form) {
                L.CircleMarker.prototype._updatePath.call(this);
                return;
            }
            const renderer = this._renderer;
            if (!renderer._drawing || this._empty()) {
                return;
            }
            const at = this._point;
            renderer._ctx.beginPath();
            form(renderer._ctx, at.x, at.y, Math.max(Math.round(this._radius), 1));
            renderer._fillStroke(renderer._ctx, this);
        },
    });

    /* Zoom to what is shown, keeping a margin; one lone place is seen with its surroundings. */
    function fit(map, bounds) {
        if (bounds && bounds.isValid()) {
            map.fitBounds(bounds.pad(0.04), { maxZoom: 14 });
        } else {
            map.setView([52.1, -2.7], 9);
        }
    }

    window.HomewardMaps = { readJson: readJson, plainMap: plainMap, facts: facts, fit: fit, FormMarker: FormMarker };
})();
