/* The zones in force under a map of the board: outlines with their codes, nothing to click. */
(function () {
    "use strict";

    function text(words) {
        const span = document.createElement("span");
        span.textContent = words;
        return span;
    }

    window.HomewardGround = function (map) {
        const zones = HomewardMaps.readJson("board-ground") || [];
        map.createPane("theme-ground").style.zIndex = 350;
        const layer = L.geoJSON(zones, {
            interactive: false,
            pane: "theme-ground",
            renderer: L.svg({ pane: "theme-ground", padding: 0.3 }),
            style: { color: "#5d6f77", weight: 1.2, fillColor: "#fff", fillOpacity: 0.55 },
            onEachFeature: function (feature, shape) {
                shape.bindTooltip(text(feature.properties.code), { permanent: true, direction: "center", className: "theme-map__label" });
            },
        }).addTo(map);
        return {
            /* The places with room for the controls; the zones where there are none. */
            fit: function (bounds) {
                if (bounds.isValid()) {
                    map.fitBounds(bounds, { padding: [48, 48], maxZoom: 14 });
                } else {
                    HomewardMaps.fit(map, layer.getBounds());
                }
            },
        };
    };
})();
