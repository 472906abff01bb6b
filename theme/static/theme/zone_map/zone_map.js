/* The zone map: zones by colour, pattern and label; dots by form and colour; layers by checkbox. */
(function () {
    "use strict";

    const data = HomewardMaps.readJson("zone-map-data");
    if (!data) {
        return;
    }
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

    HomewardMaps.fit(map, L.geoJSON(data.zones).getBounds());
    L.geoJSON(data.zones, {
        interactive: false,
        pane: "theme-zones",
        renderer: ground,
        style: function (feature) {
            return { color: "#33474f", weight: 1.6, fillColor: "url(#theme-zone-" + code.get(feature.properties.code) + ")", fillOpacity: 1 };
        },
        onEachFeature: function (feature, shape) {
            shape.bindTooltip(HomewardZones.label(feature.properties), { permanent: true, direction: "center", className: "theme-map__label" });
        },
    }).addTo(layer("zones"));
    const drawn = map.getPane("theme-zones").querySelector("svg");
    if (drawn) {
        HomewardZones.tiles(drawn, data.zones.length, "theme-zone-");
    }

    data.centres.forEach(function (centre) {
        L.circle(centre.at, { radius: centre.metres, color: "#1c2b33", weight: 1.4, dashArray: "6 5", fill: false, interactive: false }).addTo(layer("centres"));
        L.circleMarker(centre.at, { renderer: canvas, radius: 3, color: "#1c2b33", weight: 1, fillColor: "#1c2b33", fillOpacity: 1 })
            .bindTooltip(HomewardZones.textOf(centre.words)).addTo(layer("centres"));
    });
    data.packages.forEach(function (row) {
        const dot = HomewardZones.packageDot(row, { renderer: canvas });
        if (dot) {
            dot.on("click", function () { window.location.assign(data.packageUrl.replace("/0/", "/" + row[0] + "/")); })
                .addTo(layer("package-" + row[4]));
        }
    });
    data.providers.forEach(function (provider) {
        new HomewardMaps.FormMarker(provider.at, { renderer: canvas, form: "square", radius: 6, color: "#fff", weight: 1.5, fillColor: "#1c2b33", fillOpacity: 1 })
            .bindTooltip(HomewardZones.textOf(provider.words)).addTo(layer("providers"));
    });
    HomewardZones.faultLayer(data.faults, canvas).addTo(layer("faults"));

    document.querySelectorAll("[data-layer]").forEach(function (box) {
        function follow() {
            const group = layer(box.dataset.layer);
            if (box.checked) {
                group.addTo(map);
            } else {
                group.remove();
            }
        }
        box.addEventListener("change", follow);
        follow();
    });
    document.querySelectorAll("[data-zone]").forEach(function (swatch) {
        HomewardZones.swatch(swatch, code.get(swatch.dataset.zone));
    });
})();
