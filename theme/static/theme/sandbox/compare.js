/* Two maps of the same ground: each option's zones, coloured by the difference, moved together. */
(function () {
    "use strict";

    const data = HomewardMaps.readJson("compare-map-data");
    if (!data) {
        return;
    }
    const LESS = [0, 114, 178];
    const MORE = [213, 94, 0];
    const SAME = [243, 244, 241];

    function colour(part) {
        const end = part < 0 ? LESS : MORE;
        const share = part === 0 ? 0 : 0.25 + 0.75 * Math.abs(part);
        return "rgb(" + SAME.map(function (from, at) { return Math.round(from + (end[at] - from) * share); }).join(",") + ")";
    }

    function labelOf(zone) {
        const label = document.createElement("span");
        const code = document.createElement("b");
        code.textContent = zone.code;
        label.append(code, zone.words);
        return label;
    }

    function draw(element, zones) {
        const map = HomewardMaps.plainMap(element);
        const layer = L.geoJSON(zones, {
            interactive: false,
            style: function (feature) {
                return { color: "#33474f", weight: 1.6, fillColor: colour(feature.properties.part), fillOpacity: 0.85 };
            },
            onEachFeature: function (feature, shape) {
                shape.bindTooltip(labelOf(feature.properties), { permanent: true, direction: "center", className: "theme-map__label" });
            },
        }).addTo(map);
        HomewardMaps.fit(map, layer.getBounds());
        return map;
    }

    const maps = [draw(document.getElementById("map-first"), data.first), draw(document.getElementById("map-second"), data.second)];
    let moving = false;
    maps.forEach(function (map, index) {
        map.on("move", function () {
            if (moving) {
                return;
            }
            moving = true;
            maps[1 - index].setView(map.getCenter(), map.getZoom(), { animate: false });
            moving = false;
        });
    });
})();
