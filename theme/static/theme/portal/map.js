/* The map of open packages: one point a postcode district or zone. The table above says the same. */
(function () {
    "use strict";

    const element = document.getElementById("portal-map");
    if (!element || !window.L) {
        return;
    }
    const data = HomewardMaps.readJson(element.dataset.points);
    element.replaceChildren();
    const map = HomewardMaps.plainMap(element);
    map.scrollWheelZoom.disable();
    const ground = data.zones
        ? L.geoJSON(data.zones, {
            style: { color: "#49595a", weight: 1, fillColor: "#e4efed", fillOpacity: 0.6 },
            interactive: false,
        }).addTo(map)
        : null;

    function listOf(point) {
        const box = document.createElement("div");
        const title = document.createElement("strong");
        const list = document.createElement("ul");
        title.textContent = point.place;
        list.className = "theme-portal-map__list";
        point.packages.forEach(function (one) {
            const item = document.createElement("li");
            const link = document.createElement("a");
            link.href = one.url;
            link.textContent = one.reference + ", " + one.hours + " a week";
            item.append(link);
            list.append(item);
        });
        box.append(title, list);
        return box;
    }

    const points = L.featureGroup(data.points.map(function (point) {
        const count = point.packages.length;
        const words = count + (count === 1 ? " package, " : " packages, ") + point.place;
        const icon = L.divIcon({
            className: "theme-portal-map__point",
            html: String(count),
            iconSize: [36, 36],
        });
        return L.marker(point.at, { icon: icon, title: words, alt: words, keyboard: true })
            .bindPopup(function () { return listOf(point); });
    })).addTo(map);
    HomewardMaps.fit(map, ground ? ground.getBounds() : points.getBounds());
})();
