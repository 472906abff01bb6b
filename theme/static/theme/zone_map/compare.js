/* Maps beside each other that keep one extent: moving one moves the others. */
(function () {
    "use strict";

    const data = HomewardMaps.readJson("zone-compare-data");
    if (!data) {
        return;
    }
    const TILES = 24;
    const numbers = new Map();
    let following = false;

    data.maps.forEach(function (zones) {
        zones.forEach(function (zone) {
            if (!numbers.has(zone.properties.code)) {
                numbers.set(zone.properties.code, numbers.size);
            }
        });
    });

    const all = [].concat.apply([], data.maps);
    const bounds = L.geoJSON(all).getBounds();
    const maps = Array.from(document.querySelectorAll("[data-compare-map]")).map(function (element) {
        const place = Number(element.dataset.compareMap);
        const prefix = "theme-compare-" + place + "-";
        const map = HomewardMaps.plainMap(element);
        map.createPane("theme-zones").style.zIndex = 350;
        HomewardMaps.fit(map, bounds);
        L.geoJSON(data.maps[place], {
            interactive: false,
            pane: "theme-zones",
            renderer: L.svg({ pane: "theme-zones", padding: 0.3 }),
            style: function (feature) {
                return { color: "#33474f", weight: 1.6, fillColor: "url(#" + prefix + (numbers.get(feature.properties.code) % TILES) + ")", fillOpacity: 1 };
            },
            onEachFeature: function (feature, shape) {
                const code = feature.properties.code;
                shape.bindTooltip(HomewardZones.label({ code: code, name: code }), { permanent: true, direction: "center", className: "theme-map__label" });
            },
        }).addTo(map);
        const svg = map.getPane("theme-zones").querySelector("svg");
        if (svg) {
            HomewardZones.tiles(svg, TILES, prefix);
        }
        const canvas = L.canvas({ padding: 0.3 });
        data.packages.forEach(function (row) {
            const dot = HomewardZones.packageDot(row, { renderer: canvas });
            if (dot) {
                dot.addTo(map);
            }
        });
        return map;
    });

    maps.forEach(function (map) {
        map.on("moveend", function () {
            if (following) {
                return;
            }
            following = true;
            maps.forEach(function (other) {
                if (other !== map) {
                    other.setView(map.getCenter(), map.getZoom(), { animate: false });
                }
            });
            following = false;
        });
    });
})();
