/* The lists beside the map: zones to choose, rename, merge and delete, and the points of one zone.
   They do everything the mouse does. */
(function () {
    "use strict";

    const Drawing = window.HomewardDrawing;
    const MOST_POINTS = 3000;
    const METRES_A_DEGREE = 111194.93;  // of latitude, on the sphere the distances are measured on

    function made(tag, attributes, words) {
        const element = document.createElement(tag);
        Object.entries(attributes || {}).forEach(function (pair) { element.setAttribute(pair[0], pair[1]); });
        if (words !== undefined) {
            element.textContent = words;
        }
        return element;
    }

    function options(select, rows, keep) {
        const before = select.value;
        select.replaceChildren.apply(select, rows.map(function (row) { return made("option", { value: row[0] }, row[1]); }));
        const wanted = keep === undefined ? before : keep;
        if (rows.some(function (row) { return row[0] === wanted; })) {
            select.value = wanted;
        }
    }

    function pushed(at, way, metres) {
        const north = { north: 1, south: -1 }[way] || 0;
        const east = { east: 1, west: -1 }[way] || 0;
        const degree = METRES_A_DEGREE * Math.cos(at[1] * Math.PI / 180);
        return Drawing.rounded([at[0] + east * metres / degree, at[1] + north * metres / METRES_A_DEGREE]);
    }

    function pointWords(at, number, others) {
        return number + ": " + at[1].toFixed(5) + ", " + at[0].toFixed(5) + (others.length ? " (shared with " + others.join(", ") + ")" : "");
    }

    /* Point rows of a zone: its number, the point, and the other zones that have it. */
    function rowsOf(zones, zone) {
        const holders = new Map();
        zones.forEach(function (other) {
            if (other !== zone) {
                Drawing.pointsOf(other).forEach(function (at) {
                    const key = Drawing.keyOf(at);
                    holders.set(key, (holders.get(key) || new Set()).add(other.properties.code));
                });
            }
        });
        return Drawing.pointsOf(zone).map(function (at, index) {
            return { at: at, key: Drawing.keyOf(at), words: pointWords(at, index + 1, Array.from(holders.get(Drawing.keyOf(at)) || [])), shared: holders.has(Drawing.keyOf(at)) };
        });
    }

    function start(root, told) {
        const table = root.querySelector("[data-zones]");
        const points = root.querySelector("[data-points]");
        const onlyShared = root.querySelector("[data-points-shared]");
        const pointForm = root.querySelector("[data-point-form]");
        const splitForm = root.querySelector("[data-split-form]");
        const ticked = new Set();
        let zones = [];
        let chosen = "";
        let rows = [];
        let point = "";

        function input(zone, name, label, longest) {
            const field = made("input", { type: "text", "aria-label": label, maxlength: longest, value: zone.properties[name] });
            field.addEventListener("change", function () {
                const now = { code: zone.properties.code, name: zone.properties.name };
                now[name] = field.value;
                told.renamed(zone.properties.code, now.code, now.name);
            });
            return field;
        }

        function cell(row, element, kind) {
            const holder = made(kind || "td");
            holder.append(element);
            row.append(holder);
        }

        function zoneRow(zone) {
            const code = zone.properties.code;
            const row = made("tr", code === chosen ? { class: "theme-editor__chosen" } : {});
            const pick = made("label", { class: "theme-zone" });
            const radio = made("input", { type: "radio", name: "chosen-zone", value: code, "aria-label": "Work on zone " + code });
            const swatch = made("span", { class: "theme-swatch" });
            const tick = made("input", { type: "checkbox", "aria-label": "Merge zone " + code });
            const gone = made("button", { type: "button", class: "button button-small button-secondary", "aria-label": "Delete zone " + code }, "Delete");
            radio.checked = code === chosen;
            radio.addEventListener("change", function () { told.chose(code); });
            HomewardZones.swatch(swatch, told.numberOf(code));
            pick.append(radio, swatch);
            tick.checked = ticked.has(code);
            tick.addEventListener("change", function () { ticked[tick.checked ? "add" : "delete"](code); showMerge(); });
            gone.addEventListener("click", function () { told.deleted(code); });
            cell(row, pick);
            cell(row, input(zone, "code", "Code of zone " + code, 30));
            cell(row, input(zone, "name", "Name of zone " + code, 80));
            cell(row, tick);
            cell(row, gone);
            return row;
        }

        function showMerge() {
            const found = zones.filter(function (zone) { return ticked.has(zone.properties.code); });
            options(root.querySelector("#merge-into"), found.map(function (zone) { return [zone.properties.code, zone.properties.code]; }));
        }

        function showZones() {
            const focused = document.activeElement && table.contains(document.activeElement) ? document.activeElement.getAttribute("aria-label") : null;
            table.replaceChildren.apply(table, zones.map(zoneRow));
            if (!zones.length) {
                const empty = made("tr");
                empty.append(made("td", { colspan: 5 }, "No zone yet: draw an area, build zones from lists, or read a file."));
                table.append(empty);
            }
            const again = focused && Array.from(table.querySelectorAll("[aria-label]")).find(function (one) { return one.getAttribute("aria-label") === focused; });
            if (again) {
                again.focus();
            }
        }

        function showPoints() {
            const zone = Drawing.zoneOf(zones, chosen);
            rows = zone ? rowsOf(zones, zone) : [];
            const listed = rows.filter(function (row) { return row.shared || !onlyShared.checked; }).slice(0, MOST_POINTS);
            const pairs = listed.map(function (row) { return [row.key, row.words]; });
            options(points, pairs, point);
            const all = rows.slice(0, MOST_POINTS).map(function (row) { return [row.key, row.words]; });
            options(splitForm.elements.from, all);
            options(splitForm.elements.to, all);
            root.querySelectorAll("[data-chosen-code]").forEach(function (span) { span.textContent = zone ? chosen : "–"; });
            choosePoint(points.value);
        }

        function choosePoint(key) {
            const row = rows.find(function (one) { return one.key === key; });
            point = row ? key : "";
            pointForm.elements.latitude.value = row ? row.at[1] : "";
            pointForm.elements.longitude.value = row ? row.at[0] : "";
            told.showPoint(row && root.querySelector("[data-points-panel]").open ? row.at : null);
        }

        function chosenPoint() {
            const row = rows.find(function (one) { return one.key === point; });
            if (!row) {
                throw new Error("Choose a point in the list first.");
            }
            return row.at;
        }

        function push(way) {
            const metres = Number(root.querySelector("[data-step]").value);
            told.tried(function () {
                const at = chosenPoint();
                const to = pushed(at, way, metres);
                point = Drawing.keyOf(to);
                return Drawing.moved(zones, at, to);
            }, "a point moved " + metres + " m " + way);
        }

        points.addEventListener("change", function () { choosePoint(points.value); });
        onlyShared.addEventListener("change", showPoints);
        root.querySelector("[data-points-panel]").addEventListener("toggle", function () { choosePoint(point); });
        root.querySelectorAll("[data-push]").forEach(function (button) {
            button.addEventListener("click", function () { push(button.dataset.push); });
            button.addEventListener("keydown", function (event) {
                const way = { ArrowUp: "north", ArrowDown: "south", ArrowLeft: "west", ArrowRight: "east" }[event.key];
                if (way) {
                    event.preventDefault();
                    push(way);
                }
            });
        });
        pointForm.addEventListener("submit", function (event) {
            event.preventDefault();
            told.tried(function () {
                const to = [Number(pointForm.elements.longitude.value), Number(pointForm.elements.latitude.value)];
                if (!to.every(Number.isFinite) || Math.abs(to[0]) > 180 || Math.abs(to[1]) > 90) {
                    throw new Error("Give latitude and longitude in degrees, such as 52.0567 and -2.7150.");
                }
                const at = chosenPoint();
                point = Drawing.keyOf(Drawing.rounded(to));
                return Drawing.moved(zones, at, to);
            }, "a point put elsewhere");
        });
        root.querySelector('[data-act="insert"]').addEventListener("click", function () {
            told.tried(function () {
                const at = chosenPoint();
                const next = Drawing.nextPoint(Drawing.zoneOf(zones, chosen), at);
                const middle = Drawing.rounded([(at[0] + next[0]) / 2, (at[1] + next[1]) / 2]);
                point = Drawing.keyOf(middle);
                return Drawing.inserted(zones, at, next, middle);
            }, "a point put into zone " + chosen);
        });
        root.querySelector('[data-act="remove"]').addEventListener("click", function () {
            told.tried(function () { return Drawing.removed(zones, chosenPoint()); }, "a point taken out of zone " + chosen);
        });

        return {
            ticked: function () { return zones.map(function (zone) { return zone.properties.code; }).filter(function (code) { return ticked.has(code); }); },
            untick: function () { ticked.clear(); },
            pointOf: function (key) { return rows.find(function (row) { return row.key === key; }).at; },
            choosePoint: function (at) {
                root.querySelector("[data-points-panel]").open = true;
                onlyShared.checked = false;
                point = Drawing.keyOf(at);
                showPoints();
            },
            show: function (drawing, code) {
                zones = drawing;
                chosen = code;
                showZones();
                showMerge();
                showPoints();
            },
        };
    }

    window.HomewardLists = { made: made, options: options, start: start };
})();
