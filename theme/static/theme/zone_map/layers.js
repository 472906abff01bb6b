/* What lies under and over a drawing: layers by checkbox, the big ones asked for when first shown. */
(function () {
    "use strict";

    function start(root, map, refused) {
        const areasRead = {};
        let postcodesRead = null;

        function areasOf(kind) {
            areasRead[kind] = areasRead[kind] || HomewardServer.get(root.dataset.areasUrl + "?kind=" + encodeURIComponent(kind)).then(function (found) { return found.areas; });
            return areasRead[kind];
        }

        function showLayer(box) {
            if (box.dataset.layer === "postcodes" && box.checked && !postcodesRead) {
                postcodesRead = HomewardServer.get(root.dataset.postcodesUrl).then(function (found) { map.showPostcodes(found.postcodes); }, refused);
            }
            map.layer(box.dataset.layer, box.checked);
        }

        function showAreas(box) {
            const name = "areas-" + box.dataset.areas;
            if (!box.checked) {
                map.showOutline(name, []);
                return;
            }
            areasOf(box.dataset.areas).then(function (areas) {
                map.showOutline(name, areas.map(function (area) { return { type: "Feature", properties: {}, geometry: area.geometry }; }));
            }, refused);
        }

        root.querySelectorAll("[data-layer]").forEach(function (box) {
            box.addEventListener("change", function () { showLayer(box); });
        });
        root.querySelectorAll("[data-areas]").forEach(function (box) {
            box.addEventListener("change", function () { showAreas(box); });
        });

        return { areasOf: areasOf };
    }

    window.HomewardLayers = { start: start };
})();
