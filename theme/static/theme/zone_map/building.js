/* Zones built from lists: wards, other areas or postcode sectors are put into zones, then built. */
(function () {
    "use strict";

    const MOST_NAMED = 8;

    function start(root, told) {
        const made = window.HomewardLists.made;
        const kind = root.querySelector("[data-build-kind]");
        const list = root.querySelector("[data-build-list]");
        const find = root.querySelector("[data-build-find]");
        const codes = root.querySelector("[data-build-codes]");
        const zone = root.querySelector("[data-build-zone]");
        const name = root.querySelector("[data-build-name]");
        const table = root.querySelector("[data-build-table]");
        const left = root.querySelector("[data-build-left]");
        const build = root.querySelector('[data-act="build"]');
        let areas = [];
        let zoneOf = new Map();
        let names = new Map();

        function words(area) {
            const into = zoneOf.get(area.code);
            return area.code + (area.name && area.name !== area.code ? " " + area.name : "") + (into ? " → zone " + into : "");
        }

        function showList() {
            const wanted = find.value.trim().toLowerCase();
            const found = areas.filter(function (area) { return words(area).toLowerCase().includes(wanted); });
            window.HomewardLists.options(list, found.map(function (area) { return [area.code, words(area)]; }), "");
        }

        function showTable() {
            const zones = Array.from(new Set(zoneOf.values())).sort();
            table.replaceChildren.apply(table, zones.map(function (code) {
                const held = areas.filter(function (area) { return zoneOf.get(area.code) === code; });
                const row = made("tr");
                const empty = made("button", { type: "button", class: "button button-small button-secondary", "aria-label": "Empty zone " + code }, "Empty");
                const last = made("td");
                const some = held.slice(0, MOST_NAMED).map(function (area) { return area.name || area.code; }).join(", ");
                empty.addEventListener("click", function () {
                    held.forEach(function (area) { zoneOf.delete(area.code); });
                    showAll();
                });
                last.append(empty);
                row.append(made("th", { scope: "row" }, code + (names.get(code) ? " " + names.get(code) : "")), made("td", {}, held.length + ": " + some + (held.length > MOST_NAMED ? " …" : "")), last);
                return row;
            }));
            if (!zones.length) {
                const row = made("tr");
                row.append(made("td", { colspan: 3 }, "Nothing is put in yet."));
                table.append(row);
            }
            const rest = areas.length - zoneOf.size;
            left.textContent = zones.length && rest ? rest + " of " + areas.length + " are in no zone yet." : "";
            build.disabled = !zones.length;
        }

        function showAll() {
            showList();
            showTable();
        }

        function load() {
            told.areas(kind.value).then(function (found) {
                areas = found;
                zoneOf = new Map();
                showAll();
            }, told.refused);
        }

        function put(event) {
            event.preventDefault();
            const known = new Set(areas.map(function (area) { return area.code; }));
            const pasted = codes.value.split(/[,;\n]+/).map(function (one) { return one.trim().toUpperCase().replace(/\s+/g, " "); }).filter(Boolean);
            const strange = pasted.filter(function (one) { return !known.has(one); });
            if (strange.length) {
                told.refused(new Error("Not among these areas: " + strange.slice(0, MOST_NAMED).join(", ") + ". Choose what the zones are made of, or correct the codes."));
                return;
            }
            const picked = Array.from(list.selectedOptions).map(function (option) { return option.value; }).concat(pasted);
            const code = zone.value.trim();
            if (!picked.length) {
                told.refused(new Error("Choose areas in the list, or paste their codes."));
                return;
            }
            picked.forEach(function (one) { zoneOf.set(one, code); });
            if (name.value.trim()) {
                names.set(code, name.value.trim());
            }
            codes.value = "";
            showAll();
            told.said(picked.length + " put into zone " + code + ".");
        }

        function assignment() {
            const found = {};
            zoneOf.forEach(function (code, area) {
                found[code] = found[code] || { name: names.get(code) || told.nameOf(code), members: [] };
                found[code].members.push(area);
            });
            return { kind: kind.value, zones: found };
        }

        root.querySelector("[data-build-panel]").addEventListener("toggle", function (event) {
            if (event.target.open && !areas.length) {
                load();
            }
        });
        kind.addEventListener("change", load);
        find.addEventListener("input", showList);
        root.querySelector("[data-build-put]").addEventListener("submit", put);
        build.addEventListener("click", function () { told.build(assignment()); });

        return {
            show: function (zones) {
                const shown = root.querySelector("#build-zones");
                shown.replaceChildren.apply(shown, zones.map(function (one) { return made("option", { value: one.properties.code }); }));
            },
        };
    }

    window.HomewardBuilding = { start: start };
})();
