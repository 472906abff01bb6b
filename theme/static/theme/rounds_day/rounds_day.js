/* The rounds of a day: the timeline chooses, the map and the panel follow. */
(function () {
    "use strict";

    const COLOURS = ["#0072b2", "#d55e00", "#00785a", "#8d3b72", "#b07d00", "#3b5b92", "#7a4a21", "#4d6b00"];
    const page = document.getElementById("rounds-day");
    if (!page) {
        return;
    }
    followJob(page.querySelector("[data-job]"));
    const data = HomewardMaps.readJson("rounds-map-data");
    if (!data) {
        return;
    }

    const element = document.getElementById("rounds-map");
    const map = HomewardMaps.plainMap(element);
    const canvas = L.canvas({ padding: 0.3 });
    const everything = L.layerGroup().addTo(map);
    const chosen = L.layerGroup().addTo(map);
    const stops = new Map();
    const visits = new Map();
    const byCarer = new Map();

    data.rounds.forEach(function (round, index) {
        round.colour = COLOURS[index % COLOURS.length];
        round.path = [round.home].concat(round.stops.map(function (stop) { return stop.at; }), [round.home]);
        if (!byCarer.has(round.carerId)) {
            byCarer.set(round.carerId, []);
        }
        byCarer.get(round.carerId).push(round);
        round.stops.forEach(function (stop) {
            stop.round = round;
            stop.title = round.carer + ", stop " + stop.n + ": " + stop.who;
            stops.set(stop.id, stop);
            visits.set(stop.visit, (visits.get(stop.visit) || []).concat([stop]));
        });
    });
    data.unplaced.forEach(function (left) { left.title = "Not placed: " + left.who; });
    drawEverything();

    function told(labels, facts) {
        return facts.map(function (words, index) { return [labels[index], words]; }).filter(function (pair) { return pair[1]; });
    }

    function drawEverything() {
        const bounds = L.latLngBounds([]);
        data.rounds.forEach(function (round) {
            L.polyline(round.path, { renderer: canvas, color: round.colour, weight: 1.5, opacity: 0.55 })
                .on("click", function () { chooseCarer(round.carerId); }).addTo(everything);
            new HomewardMaps.FormMarker(round.home, { renderer: canvas, form: "square", radius: 4, color: "#fff", weight: 1, fillColor: "#333", fillOpacity: 1 })
                .bindTooltip(round.carer).on("click", function () { chooseCarer(round.carerId); }).addTo(everything);
            bounds.extend(round.path);
        });
        data.rounds.forEach(function (round) {
            round.stops.forEach(function (stop) {
                const double = visits.get(stop.visit).length > 1;
                L.circleMarker(stop.at, { renderer: canvas, radius: 4.5, color: double ? round.colour : "#fff", weight: double ? 2.5 : 1, fillColor: double ? "#fff" : round.colour, fillOpacity: 1 })
                    .bindTooltip(textOf(stop.title)).on("click", function () { chooseStop(stop, true); }).addTo(everything);
            });
        });
        data.unplaced.forEach(function (left) {
            new HomewardMaps.FormMarker(left.at, { renderer: canvas, form: "cross", radius: 5, color: "#d55e00", weight: 3, fill: true, fillOpacity: 0 })
                .bindTooltip(textOf(left.title)).on("click", function () { chooseUnplaced(left); }).addTo(everything);
            bounds.extend(left.at);
        });
        HomewardMaps.fit(map, bounds);
    }

    function textOf(words) {
        const span = document.createElement("span");
        span.textContent = words;
        return span;
    }

    function drawChosen(rounds, now) {
        chosen.clearLayers();
        everything.remove();
        const bounds = L.latLngBounds([]);
        rounds.forEach(function (round, index) {
            L.polyline(round.path, { color: "#fff", weight: 7, opacity: 0.9, interactive: false }).addTo(chosen);
            L.polyline(round.path, { color: index ? "#8d3b72" : "#0072b2", weight: 3.5, dashArray: index ? "8 5" : null }).addTo(chosen);
            new HomewardMaps.FormMarker(round.home, { renderer: canvas, form: "square", radius: 7, color: "#fff", weight: 2, fillColor: "#333", fillOpacity: 1 })
                .bindTooltip(textOf(round.carer + ", home")).addTo(chosen);
            round.stops.forEach(function (stop) {
                let name = "theme-map__number";
                if (stop === now) {
                    name += " theme-map__number--now";
                } else if (visits.get(stop.visit).length > 1) {
                    name += " theme-map__number--double";
                }
                const icon = L.divIcon({ className: name, html: String(stop.n), iconSize: [24, 24] });
                L.marker(stop.at, { icon: icon, keyboard: false, alt: stop.title, zIndexOffset: stop === now ? 1000 : 0 })
                    .bindTooltip(textOf(stop.title)).on("click", function () { chooseStop(stop, true); }).addTo(chosen);
            });
            bounds.extend(round.path);
        });
        HomewardMaps.fit(map, bounds);
    }

    const title = page.querySelector("[data-detail-title]");
    const body = page.querySelector("[data-detail-body]");
    const back = page.querySelector("[data-show-all]");

    function tell(heading, details, packageId, stop) {
        title.textContent = heading;
        body.replaceChildren(HomewardMaps.facts(details));
        if (packageId && data.package_url) {
            const link = document.createElement("a");
            link.href = data.package_url.replace("/0/", "/" + packageId + "/");
            link.textContent = "Open the package";
            body.append(link);
        }
        if (stop && document.getElementById("move-dialog")) {
            const move = document.createElement("button");
            move.type = "button";
            move.className = "button button-small button-secondary";
            move.dataset.moveVisit = stop.visit;
            move.dataset.moveCarer = stop.round ? stop.round.carerId : "";
            move.textContent = stop.round ? "Why here, and move…" : "Place…";
            body.append(" ", move);
        }
        back.hidden = false;
    }

    function mark(carerIds, stop) {
        page.querySelectorAll("[data-lane]").forEach(function (lane) {
            const on = carerIds.includes(Number(lane.dataset.lane));
            lane.classList.toggle("theme-lane--now", on);
            lane.querySelector("[data-carer]").setAttribute("aria-pressed", String(on));
        });
        page.querySelectorAll("a[data-stop]").forEach(function (bar) {
            const own = stop && Number(bar.dataset.stop) === stop.id;
            bar.classList.toggle("theme-now", Boolean(own));
            bar.classList.toggle("theme-partner", Boolean(stop && !own && Number(bar.dataset.visit) === stop.visit));
        });
        page.querySelectorAll(".theme-unplaced > li").forEach(function (item) { item.classList.remove("theme-now"); });
    }

    function chooseCarer(carerId) {
        const rounds = byCarer.get(carerId);
        mark([carerId], null);
        drawChosen(rounds, null);
        const details = rounds.flatMap(function (round) { return told(data.round_labels, round.facts); });
        tell(rounds[0].carer, details, null);
    }

    function chooseStop(stop, focus) {
        mark([stop.round.carerId], stop);
        drawChosen(byCarer.get(stop.round.carerId), stop);
        tell(stop.title, told(data.stop_labels, stop.facts), stop.package, stop);
        if (focus) {
            const bar = page.querySelector('a[data-stop="' + stop.id + '"]');
            bar.scrollIntoView({ block: "nearest", inline: "nearest" });
        }
    }

    function chooseUnplaced(left) {
        showAll();
        tell(left.title, told(data.stop_labels, left.facts), left.package, left);
        const item = page.querySelector('.theme-unplaced > li[data-visit="' + left.visit + '"]');
        item.classList.add("theme-now");
        item.scrollIntoView({ block: "nearest" });
    }

    function showAll() {
        mark([], null);
        chosen.clearLayers();
        everything.addTo(map);
        title.textContent = "A stop or a carer";
        body.textContent = "Choose a carer's name or a stop in the timeline to see it here and on the map.";
        back.hidden = true;
    }

    page.querySelectorAll("button[data-carer]").forEach(function (button) {
        button.addEventListener("click", function () {
            if (button.getAttribute("aria-pressed") === "true") {
                showAll();
            } else {
                chooseCarer(Number(button.dataset.carer));
            }
        });
    });
    back.addEventListener("click", showAll);

    /* One stop of a row is reached by Tab, the others by the arrow keys. */
    page.querySelectorAll("[data-lane]").forEach(function (lane) {
        const bars = Array.from(lane.querySelectorAll("a[data-stop]"));
        bars.forEach(function (bar, index) {
            bar.setAttribute("tabindex", index ? "-1" : "0");
            bar.addEventListener("focus", function () { chooseStop(stops.get(Number(bar.dataset.stop)), false); });
            bar.addEventListener("click", function (event) {
                event.preventDefault();
                chooseStop(stops.get(Number(bar.dataset.stop)), false);
            });
            bar.addEventListener("keydown", function (event) {
                const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
                const to = event.key === "Home" ? bars[0] : event.key === "End" ? bars[bars.length - 1] : bars[index + step];
                if (to) {
                    event.preventDefault();
                    bar.setAttribute("tabindex", "-1");
                    to.setAttribute("tabindex", "0");
                    to.focus();
                }
            });
        });
    });

    const printed = page.querySelector("details.theme-printed");
    page.querySelector("[data-print]").addEventListener("click", function () { window.print(); });
    window.addEventListener("beforeprint", function () { printed.open = true; });

    function followJob(line) {
        if (!line || line.dataset.over === "yes") {
            return;
        }
        window.setTimeout(function ask() {
            fetch(line.dataset.progressUrl, { headers: { Accept: "application/json" } })
                .then(function (answer) { return answer.ok ? answer.json() : Promise.reject(answer.status); })
                .then(function (job) {
                    line.querySelector("progress").value = job.percent;
                    line.querySelector("[data-job-state]").textContent = job.state;
                    line.querySelector("[data-job-note]").textContent = job.note;
                    if (job.over) {
                        window.location.reload();
                    } else {
                        window.setTimeout(ask, 2000);
                    }
                })
                .catch(function () { line.querySelector("[data-job-note]").textContent = "Reload the page to see how far it is."; });
        }, 2000);
    }
})();
