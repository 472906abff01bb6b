/* Where two providers' carers pass each other, and the exchanges of the table by their number. */
(function () {
    "use strict";

    const data = HomewardMaps.readJson("sharing-data");
    const element = document.getElementById("sharing-map");
    if (!data || !element) {
        return;
    }
    const map = HomewardMaps.plainMap(element);
    const ground = HomewardGround(map);
    const canvas = L.canvas({ padding: 0.3 });
    const bounds = L.latLngBounds([]);
    const chosen = L.layerGroup().addTo(map);

    data.meetings.forEach(function (pair) {
        L.polyline(pair, { renderer: canvas, color: "#5d686d", weight: 2 }).addTo(map);
        pair.forEach(function (at) {
            L.circleMarker(at, { renderer: canvas, radius: 3, color: "#fff", weight: 1, fillColor: "#8a9499", fillOpacity: 1 }).addTo(map);
        });
        bounds.extend(pair);
    });
    data.exchanges.slice().reverse().forEach(function (one) {
        dot(one.moving, "circle", "#d55e00", one);
        bounds.extend(one.moving);
        if (one.returning) {
            dot(one.returning, "square", "#0072b2", one);
            bounds.extend(one.returning);
        }
    });
    ground.fit(bounds);

    function text(words) {
        const span = document.createElement("span");
        span.textContent = words;
        return span;
    }

    function dot(at, form, colour, one) {
        new HomewardMaps.FormMarker(at, { renderer: canvas, form: form, radius: 6, color: "#fff", weight: 1.5, fillColor: colour, fillOpacity: 1 })
            .bindTooltip(text(one.words)).addTo(map);
    }

    function show(one) {
        chosen.clearLayers();
        const places = [one.moving].concat(one.returning ? [one.returning] : []);
        places.forEach(function (at) {
            L.circleMarker(at, { radius: 14, color: "#1c2b33", weight: 3, fill: false }).addTo(chosen);
        });
        if (one.returning) {
            L.polyline(places, { color: "#1c2b33", weight: 2, dashArray: "6 5" }).addTo(chosen);
        }
    }

    document.querySelectorAll("[data-exchange]").forEach(function (row) {
        const one = data.exchanges[Number(row.dataset.exchange) - 1];
        ["mouseenter", "focusin"].forEach(function (kind) { row.addEventListener(kind, function () { show(one); }); });
    });
})();
