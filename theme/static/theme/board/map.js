/* The board's map: a dot a package, its form and colour say the column; rows and dots go together. */
(function () {
    "use strict";

    const spots = HomewardMaps.readJson("board-spots");
    const page = document.getElementById("board");
    const element = document.getElementById("board-map");
    if (!spots || !element) {
        return;
    }
    const FORMS = {
        needed: ["circle", "#d55e00"],
        returned: ["triangle", "#8d3b72"],
        released: ["square", "#0072b2"],
        offered: ["diamond", "#00785a"],
        unplaced: ["cross", "#7a1f0f"],
    };
    const map = HomewardMaps.plainMap(element);
    const ground = HomewardGround(map);
    const canvas = L.canvas({ padding: 0.3 });
    const dots = new Map();
    const taken = new Map();
    spots.forEach(put);
    ground.fit(L.latLngBounds(spots.map(function (spot) { return spot.at; })));

    function text(words) {
        const span = document.createElement("span");
        span.textContent = words;
        return span;
    }

    /* Packages of one postcode lie at one point: each further one stands a little beside it. */
    function beside(spot) {
        const key = spot.at.join(" ");
        if (!taken.has(key)) {
            taken.set(key, []);
        }
        const here = taken.get(key);
        if (!here.includes(spot.id)) {
            here.push(spot.id);
        }
        const place = here.indexOf(spot.id);
        const turn = place * 2.4;
        const away = 0.0011 * Math.sqrt(place);
        return [spot.at[0] + away * Math.cos(turn), spot.at[1] + 1.6 * away * Math.sin(turn)];
    }

    function put(spot) {
        const old = dots.get(spot.id);
        if (old) {
            old.remove();
        }
        const form = FORMS[spot.stage];
        const cross = form[0] === "cross";
        const dot = new HomewardMaps.FormMarker(beside(spot), { renderer: canvas, form: form[0], radius: 7, color: cross ? form[1] : "#fff", weight: cross ? 3 : 1.5, fillColor: form[1], fillOpacity: cross ? 0 : 1 })
            .bindTooltip(text(spot.words))
            .on("click", function () { window.location.assign(spot.url); })
            .addTo(map);
        dots.set(spot.id, dot);
    }

    page.addEventListener("theme:cards", function (event) {
        (event.detail.spots || []).forEach(put);
        dots.forEach(function (dot, id) {
            if (!document.getElementById("card-" + id)) {
                dot.remove();
                dots.delete(id);
            }
        });
    });
    ["mouseover", "focusin"].forEach(function (kind) {
        page.addEventListener(kind, function (event) {
            const row = event.target.closest("tr[data-card]");
            const dot = row && dots.get(Number(row.dataset.card));
            dots.forEach(function (each) { each.closeTooltip(); });
            if (dot) {
                dot.openTooltip();
            }
        });
    });
})();
