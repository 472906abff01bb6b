/* Zones by colour and pattern: neighbours differ without any colour (Okabe and Ito's colours). */
(function () {
    "use strict";

    const SVG = "http://www.w3.org/2000/svg";
    const COLOURS = ["#56b4e9", "#e69f00", "#009e73", "#cc79a7", "#f0e442", "#7f7fd5", "#a6761d", "#4d9999"];
    /* Strokes of a 12 by 12 tile. */
    const PATTERNS = ["M0 12 L12 0", "M0 6 H12", "M0 0 L12 12", "M6 0 V12", "M0 6 H12 M6 0 V12", "M3 3 h1 M9 9 h1", "M0 12 L6 0 L12 12", "M0 0 L12 12 M0 12 L12 0"];

    function set(element, attributes) {
        Object.entries(attributes).forEach(function (pair) { element.setAttribute(pair[0], pair[1]); });
    }

    function colour(index) {
        return COLOURS[index % COLOURS.length];
    }

    function tile(index, prefix) {
        const made = document.createElementNS(SVG, "pattern");
        const ground = document.createElementNS(SVG, "rect");
        const strokes = document.createElementNS(SVG, "path");
        set(made, { id: prefix + index, width: 12, height: 12, patternUnits: "userSpaceOnUse" });
        set(ground, { width: 12, height: 12, fill: colour(index), "fill-opacity": 0.28 });
        set(strokes, { d: PATTERNS[index % PATTERNS.length], stroke: colour(index), "stroke-opacity": 0.6, "stroke-width": 1.2, fill: "none" });
        made.append(ground, strokes);
        return made;
    }

    /* Tiles for so many zones, put into a drawing; fill with `url(#prefixN)`. */
    function tiles(drawing, count, prefix) {
        const defs = document.createElementNS(SVG, "defs");
        for (let index = 0; index < count; index += 1) {
            defs.append(tile(index, prefix));
        }
        drawing.prepend(defs);
    }

    /* The same in small, for a table beside the map. */
    function swatch(element, index) {
        const svg = document.createElementNS(SVG, "svg");
        const own = document.createElementNS(SVG, "defs");
        const box = document.createElementNS(SVG, "rect");
        set(svg, { width: 22, height: 16, "aria-hidden": "true" });
        own.append(tile(index, "theme-swatch-"));
        set(box, { width: 22, height: 16, fill: "url(#theme-swatch-" + index + ")" });
        svg.append(own, box);
        element.replaceChildren(svg);
    }

    function label(zone) {
        const made = document.createElement("span");
        const code = document.createElement("b");
        code.textContent = zone.code;
        made.append(code, zone.name === zone.code ? "" : zone.name);
        return made;
    }

    function textOf(words) {
        const span = document.createElement("span");
        span.textContent = words;
        return span;
    }

    const STATUS = {
        active: { fillColor: "#0072b2", color: "#fff", weight: 0.8, radius: 4, fillOpacity: 0.9 },
        referred: { form: "triangle", fillColor: "#d55e00", color: "#fff", weight: 1, radius: 5, fillOpacity: 1 },
        suspended: { form: "cross", color: "#8d3b72", weight: 2.5, radius: 4, fillOpacity: 0 },
    };

    /* A package's dot, null for a status that is not shown. A row: id, reference, latitude,
       longitude, status, pathway, words. */
    function packageDot(row, options) {
        const form = STATUS[row[4]];
        if (!form) {
            return null;
        }
        return new HomewardMaps.FormMarker([row[2], row[3]], Object.assign({ fill: true }, form, options))
            .bindTooltip(function () { return textOf(row[1] + ": " + row[5] + ", " + row[6]); });
    }

    /* Faults in orange, points of them as diamonds. */
    function faultLayer(features, canvas, options) {
        return L.geoJSON(features, Object.assign({
            style: { color: "#d55e00", weight: 4, fillColor: "#d55e00", fillOpacity: 0.6 },
            pointToLayer: function (feature, at) {
                return new HomewardMaps.FormMarker(at, Object.assign({ renderer: canvas, form: "diamond", radius: 7, color: "#000", weight: 2, fillColor: "#d55e00", fillOpacity: 1 }, options));
            },
            onEachFeature: function (feature, shape) { shape.bindTooltip(textOf(feature.properties.words)); },
        }, options));
    }

    window.HomewardZones = { colour: colour, faultLayer: faultLayer, label: label, packageDot: packageDot, swatch: swatch, textOf: textOf, tiles: tiles };
})();
