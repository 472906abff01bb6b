/* The zone map: zones by colour, pattern and label; dots by form and colour; layers by checkbox. */
(function () {
    "use strict";

    const data = HomewardMaps.readJson("zone-map-data");
    if (!data) {
        return;
    }
    const SVG = "http://www.w3.org/2000/svg";
    const COLOURS = ["#56b4e9", "#e69f00", "#009e73", "#cc79a7", "#f0e442", "#7f7fd5", "#a6761d", "#4d9999"];
    /* Strokes of a 12 by 12 tile: neighbours differ without any colour. */
    const PATTERNS = ["M0 12 L12 0", "M0 6 H12", "M0 0 L12 12", "M6 0 V12", "M0 6 H12 M6 0 V12", "M3 3 h1 M9 9 h1", "M0 12 L6 0 L12 12", "M0 0 L12 12 M0 12 L12 0"];
    const STATUS = {
        active: { fillColor: "#0072b2", color: "#fff", weight: 0.8, radius: 4, fillOpacity: 0.9 },
        referred: { form: "triangle", fillColor: "#d55e00", color: "#fff", weight: 1, radius: 5, fillOpacity: 1 },
        suspended: { form: "cross", color: "#8d3b72", weight: 2.5, radius: 4, fillOpacity: 0 },
    };

    const map = HomewardMaps.plainMap(document.getElementById("zone-map"));
    /* Below the dots, whatever is switched on first. */
    map.createPane("theme-zones").style.zIndex = 350;
    const ground = L.svg({ pane: "theme-zones", padding: 0.3 });
    const canvas = L.canvas({ padding: 0.3 });
    const layers = {};
    const code = new Map(data.zones.map(function (zone, index) { return [zone.properties.code, index]; }));

    function layer(name) {
        layers[name] = layers[name] || L.layerGroup().addTo(map);
        return layers[name];
    }

    function pattern(index, prefix) {
        const tile = document.createElementNS(SVG, "pattern");
        const ground = document.createElementNS(SVG, "rect");
        const strokes = document.createElementNS(SVG, "path");
        Object.entries({ id: prefix + index, width: 12, height: 12, patternUnits: "userSpaceOnUse" }).forEach(function (pair) { tile.setAttribute(pair[0], pair[1]); });
        Object.entries({ width: 12, height: 12, fill: COLOURS[index % COLOURS.length], "fill-opacity": 0.28 }).forEach(function (pair) { ground.setAttribute(pair[0], pair[1]); });
        Object.entries({ d: PATTERNS[index % PATTERNS.length], stroke: COLOURS[index % COLOURS.length], "stroke-opacity": 0.6, "stroke-width": 1.2, fill: "none" }).forEach(function (pair) { strokes.setAttribute(pair[0], pair[1]); });
        tile.append(ground, strokes);
        return tile;
    }

    function textOf(words) {
        const span = document.createElement("span");
        span.textContent = words;
        return span;
    }

    HomewardMaps.fit(map, L.geoJSON(data.zones).getBounds());
    function labelOf(zone) {
        const label = document.createElement("span");
        const code = document.createElement("b");
        code.textContent = zone.code;
        label.append(code, zone.name === zone.code ? "" : zone.name);
        return label;
    }

    const zones = L.geoJSON(data.zones, {
        interactive: false,
        pane: "theme-zones",
        renderer: ground,
        style: function (feature) {
            const colour = COLOURS[code.get(feature.properties.code) % COLOURS.length];
            return { color: "#33474f", weight: 1.6, fillColor: colour, fillOpacity: 1 };
        },
        onEachFeature: function (feature, shape) {
            shape.bindTooltip(labelOf(feature.properties), { permanent: true, direction: "center", className: "theme-map__label" });
        },
    }).addTo(layer("zones"));
    const defs = document.createElementNS(SVG, "defs");
    data.zones.forEach(function (zone, index) { defs.append(pattern(index, "theme-zone-")); });
    const drawn = map.getPane("theme-zones").querySelector("svg");
    if (drawn) {
        drawn.prepend(defs);
    }
    function paint() {
        zones.eachLayer(function (shape) {
            if (shape.getElement()) {
                shape.getElement().setAttribute("fill", "url(#theme-zone-" + code.get(shape.feature.properties.code) + ")");
            }
        });
    }

    data.centres.forEach(function (centre) {
        L.circle(centre.at, { radius: centre.metres, color: "#1c2b33", weight: 1.4, dashArray: "6 5", fill: false, interactive: false }).addTo(layer("centres"));
        L.circleMarker(centre.at, { renderer: canvas, radius: 3, color: "#1c2b33", weight: 1, fillColor: "#1c2b33", fillOpacity: 1 })
            .bindTooltip(textOf(centre.words)).addTo(layer("centres"));
    });
    data.packages.forEach(function (row) {
        const form = STATUS[row[4]];
        if (!form) {
            return;
        }
        new HomewardMaps.FormMarker([row[2], row[3]], Object.assign({ renderer: canvas, fill: true }, form))
            .bindTooltip(function () { return textOf(row[1] + ": " + row[5] + ", " + row[6]); })
            .on("click", function () { window.location.assign(data.packageUrl.replace("/0/", "/" + row[0] + "/")); })
            .addTo(layer("package-" + row[4]));
    });
    data.providers.forEach(function (provider) {
        new HomewardMaps.FormMarker(provider.at, { renderer: canvas, form: "square", radius: 6, color: "#fff", weight: 1.5, fillColor: "#1c2b33", fillOpacity: 1 })
            .bindTooltip(textOf(provider.words)).addTo(layer("providers"));
    });
    L.geoJSON(data.faults, {
        style: { color: "#d55e00", weight: 4, fillColor: "#d55e00", fillOpacity: 0.6 },
        pointToLayer: function (feature, at) { return new HomewardMaps.FormMarker(at, { renderer: canvas, form: "diamond", radius: 7, color: "#000", weight: 2, fillColor: "#d55e00", fillOpacity: 1 }); },
        onEachFeature: function (feature, shape) { shape.bindTooltip(textOf(feature.properties.words)); },
    }).addTo(layer("faults"));

    paint();

    document.querySelectorAll("[data-layer]").forEach(function (box) {
        function follow() {
            const group = layer(box.dataset.layer);
            if (box.checked) {
                group.addTo(map);
                paint();
            } else {
                group.remove();
            }
        }
        box.addEventListener("change", follow);
        follow();
    });
    document.querySelectorAll("[data-zone]").forEach(function (swatch) {
        const index = code.get(swatch.dataset.zone);
        const svg = document.createElementNS(SVG, "svg");
        const own = document.createElementNS(SVG, "defs");
        const box = document.createElementNS(SVG, "rect");
        svg.setAttribute("width", 22);
        svg.setAttribute("height", 16);
        svg.setAttribute("aria-hidden", "true");
        own.append(pattern(index, "theme-swatch-"));
        box.setAttribute("width", 22);
        box.setAttribute("height", 16);
        box.setAttribute("fill", "url(#theme-swatch-" + index + ")");
        svg.append(own, box);
        swatch.append(svg);
    });
})();
