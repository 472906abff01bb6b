/* The editor: one drawing, its history, and the map, lists and server that work on it. */
(function () {
    "use strict";

    const data = HomewardMaps.readJson("zone-editor-data");
    const root = document.getElementById("zone-editor");
    if (!data || !root) {
        return;
    }
    const Drawing = window.HomewardDrawing;
    const CHECK_AFTER = 400;  // milliseconds without a change
    const token = root.querySelector("[name=csrfmiddlewaretoken]").value;
    const history = window.HomewardHistory.history(data.zones);
    const drawnForm = root.querySelector("[data-drawn-form]");
    let version = data.version;
    let chosen = data.zones.length ? data.zones[0].properties.code : "";
    let drawn = null;
    let asked = 0;
    let waiting = null;
    let faults = [];
    let saving = false;
    let byPathway = data.pathway;

    const map = window.HomewardEditorMap.start(document.getElementById("zone-editor-map"), {
        chose: choose,
        chosePoint: function (at) { lists.choosePoint(at); },
        did: did,
        drawing: showDrawing,
        drew: drew,
        snaps: function () { return root.querySelector("[data-snap]").checked; },
        tried: tried,
    });
    const lists = window.HomewardLists.start(root, {
        chose: choose,
        deleted: function (code) { did(Drawing.without(history.current(), code), "zone " + code + " deleted"); },
        numberOf: map.numberOf,
        renamed: function (code, newCode, newName) {
            tried(function () { return Drawing.renamed(history.current(), code, newCode, newName); }, "zone " + code + " renamed", newCode.trim());
        },
        showPoint: map.showPoint,
        tried: tried,
    });
    const layers = window.HomewardLayers.start(root, map, refused);
    const building = window.HomewardBuilding.start(root, {
        areas: layers.areasOf,
        build: function (assignment) { reshape("build", assignment, "zones built from lists"); },
        nameOf: function (code) {
            const zone = Drawing.zoneOf(history.current(), code);
            return zone ? zone.properties.name : code;
        },
        refused: refused,
        said: said,
    });

    function said(words) {
        root.querySelector("[data-said]").textContent = words;
    }

    function refused(problem) {
        const box = root.querySelector("[data-refused]");
        root.querySelector("[data-refused-words]").textContent = problem.message;
        box.hidden = false;
        box.focus();
    }

    function show() {
        const zones = history.current();
        if (!Drawing.zoneOf(zones, chosen)) {
            chosen = zones.length ? zones[0].properties.code : "";
        }
        map.choose(chosen);
        map.show(zones);
        lists.show(zones, chosen);
        building.show(zones);
        root.querySelector('[data-act="undo"]').disabled = !history.mayUndo();
        root.querySelector('[data-act="redo"]').disabled = !history.mayRedo();
        const kept = root.querySelector("[data-kept]");
        kept.textContent = history.isKept() ? "Saved" : "Not saved";
        kept.className = "theme-tag theme-tag--" + (history.isKept() ? "yes" : "draft");
    }

    function did(zones, words, work) {
        root.querySelector("[data-refused]").hidden = true;
        history.did(zones, words);
        chosen = work || chosen;
        show();
        said("Done: " + words + ".");
        checkSoon();
    }

    /* Do what may be refused; a refusal is said and the map painted as it was. */
    function tried(act, words, work) {
        let zones;
        try {
            zones = act();
        } catch (problem) {
            map.again();
            show();
            refused(problem);
            return;
        }
        did(zones, words, work);
    }

    function choose(code) {
        chosen = code;
        show();
    }

    /* Zones as the server returned them, each of the same shape kept as it was. */
    function same(zones) {
        const before = new Map(history.current().map(function (zone) { return [JSON.stringify([zone.properties, zone.geometry]), zone]; }));
        return zones.map(function (zone) { return before.get(JSON.stringify([zone.properties, zone.geometry])) || zone; });
    }

    function reshape(act, asks, words, work) {
        return HomewardServer.post(root.dataset.reshapeUrl, Object.assign({ act: act, drawing: Drawing.collection(history.current()) }, asks), token).then(function (answer) {
            if (answer.status !== 200) {
                refused(new Error(answer.found.refusal));
                return false;
            }
            did(same(answer.found.zones), words + (answer.found.words ? ". " + answer.found.words : ""), work);
            if (act === "build" || act === "file") {
                map.fit(history.current());
            }
            return true;
        });
    }

    /* Drawing by mouse. */

    function showDrawing(shape) {
        const acts = { Polygon: "area", Line: "line" };
        ["area", "line"].forEach(function (act) {
            root.querySelector('[data-act="' + act + '"]').setAttribute("aria-pressed", String(acts[shape] === act));
        });
    }

    function draw(shape, pressed) {
        if (pressed) {
            map.stop();
        } else {
            map.draw(shape);
            said(shape === "Polygon" ? "Click the corners of the area; click the first one to end. Escape stops." : "Click a line across zone " + chosen + "; double click to end. Escape stops.");
        }
    }

    function drew(kind, points) {
        if (kind === "line") {
            const code = Drawing.freshCode(history.current(), chosen);
            reshape("split", { code: chosen, line: points, new_code: code, new_name: "" }, "zone " + chosen + " split; the new part is " + code, chosen);
            return;
        }
        askAbout(points);
    }

    function askAbout(points) {
        const codes = history.current().map(function (zone) { return zone.properties; });
        drawn = points;
        HomewardLists.options(drawnForm.elements.to, [["", "a new zone"]].concat(codes.map(function (one) { return [one.code, "zone " + one.code + (one.name === one.code ? "" : " " + one.name)]; })), "");
        drawnForm.elements.code.value = Drawing.freshCode(history.current(), "");
        drawnForm.elements.name.value = "";
        map.showOutline("drawn", [{ type: "Feature", properties: {}, geometry: { type: "Polygon", coordinates: [points.concat([points[0]])] } }], { color: "#000", weight: 2.5, dashArray: "6 4", fill: true, fillColor: "#fff", fillOpacity: 0.4 });
        root.querySelector("[data-drawn]").hidden = false;
        showNew();
        drawnForm.elements.to.focus();
    }

    function showNew() {
        root.querySelector("[data-drawn-new]").hidden = drawnForm.elements.to.value !== "";
    }

    function forget() {
        drawn = null;
        map.showOutline("drawn", []);
        root.querySelector("[data-drawn]").hidden = true;
    }

    drawnForm.elements.to.addEventListener("change", showNew);
    drawnForm.addEventListener("submit", function (event) {
        event.preventDefault();
        const form = drawnForm.elements;
        const code = form.to.value || form.code.value.trim();
        const asks = { area: drawn, code: code, name: form.to.value ? "" : form.name.value, is_new: form.to.value === "", take: form.take.checked };
        reshape("area", asks, "the area given to zone " + code, code).then(function (done) {
            if (done) {
                forget();
            }
        });
    });

    /* The forms of the lists. */

    function onSubmit(name, act) {
        const form = root.querySelector("[data-" + name + "-form]");
        form.addEventListener("submit", function (event) {
            event.preventDefault();
            act(form.elements, form);
        });
    }

    onSubmit("merge", function () {
        const codes = lists.ticked();
        const into = root.querySelector("#merge-into").value;
        const zone = Drawing.zoneOf(history.current(), into);
        reshape("merge", { codes: codes, code: into, name: zone ? zone.properties.name : "" }, "zones " + codes.join(", ") + " merged into " + into, into).then(function (done) {
            if (done) {
                lists.untick();
                show();
            }
        });
    });
    onSubmit("snap", function (form) {
        reshape("snap", { metres: Number(form.metres.value) }, "slivers narrower than " + form.metres.value + " m closed");
    });
    onSubmit("split", function (form, element) {
        const line = [lists.pointOf(form.from.value), lists.pointOf(form.to.value)];
        const code = form.code.value.trim();
        reshape("split", { code: chosen, line: line, new_code: code, new_name: form.name.value }, "zone " + chosen + " split; the new part is " + code, chosen).then(function (done) {
            if (done) {
                element.reset();
                show();
            }
        });
    });
    onSubmit("corners", function (form) {
        const points = form.corners.value.trim().split(/\n+/).map(function (line) { return line.split(/[,;\s]+/).filter(Boolean).map(Number); });
        if (points.length < 3 || points.some(function (at) { return at.length !== 2 || !at.every(Number.isFinite); })) {
            refused(new Error("Give at least three corners, one a line, as latitude, longitude: 52.0567, -2.7150."));
            return;
        }
        askAbout(points.map(function (at) { return [at[1], at[0]]; }));
    });
    onSubmit("file", function (form, element) {
        const file = form.file.files[0];
        if (file.size > data.fileMost) {
            refused(new Error(file.name + " has " + (file.size / 1e6).toFixed(1) + " MB; at most " + (data.fileMost / 1e6).toFixed(1) + " MB are read here. Load big boundaries with the import “Boundaries”, or simplify the file."));
            return;
        }
        file.text().then(function (text) {
            reshape("file", { text: text }, "zones read from " + file.name).then(function (done) {
                if (done) {
                    element.reset();
                }
            });
        });
    });

    /* What the server says of the drawing. */

    function checkSoon() {
        window.clearTimeout(waiting);
        root.querySelector("[data-judged]").setAttribute("aria-busy", "true");
        root.querySelector("[data-faults]").setAttribute("aria-busy", "true");
        waiting = window.setTimeout(check, CHECK_AFTER);
    }

    function check() {
        asked += 1;
        const mine = asked;
        HomewardServer.post(root.dataset.checkUrl, { drawing: Drawing.collection(history.current()), pathway: byPathway }, token).then(function (answer) {
            if (mine === asked) {
                showCheck(answer);
            }
        });
    }

    function showCheck(answer) {
        const box = root.querySelector("[data-faults]");
        const judged = root.querySelector("[data-judged]");
        if (answer.status !== 200) {
            refused(new Error(answer.found.refusal));
            return;
        }
        faults = answer.found.faults;
        map.showFaults(faults);
        box.innerHTML = answer.found.faults_html;
        judged.innerHTML = answer.found.tables_html;
        box.setAttribute("aria-busy", "false");
        judged.setAttribute("aria-busy", "false");
        judged.querySelectorAll("[data-zone]").forEach(function (swatch) { HomewardZones.swatch(swatch, map.numberOf(swatch.dataset.zone)); });
    }

    root.addEventListener("click", function (event) {
        const fault = event.target.closest("[data-fault]");
        if (fault) {
            map.lookAt(faults[Number(fault.dataset.fault)].geometry);
            document.getElementById("zone-editor-map").scrollIntoView({ block: "nearest" });
        }
    });
    root.addEventListener("change", function (event) {
        if (event.target.matches("[data-pathway]")) {
            byPathway = event.target.value;
            check();
        }
    });

    /* Keeping the draft. */

    function save(over) {
        if (saving) {
            return;
        }
        saving = true;
        said("Saving …");
        const zones = history.current();
        HomewardServer.post(root.dataset.saveUrl, { drawing: Drawing.collection(zones), version: over || version }, token).then(function (answer) {
            saving = false;
            if (answer.status === 200) {
                version = answer.found.version;
                history.keep(zones);
                root.querySelector("[data-stale]").hidden = true;
                root.querySelector("[data-refused]").hidden = true;
                show();
                said(answer.found.words);
            } else if (answer.status === 409) {
                said("Not saved: somebody else saved this draft meanwhile.");
                showStale(answer.found);
            } else {
                said("Not saved.");
                refused(new Error(answer.found.refusal));
            }
        });
    }

    function showStale(found) {
        const box = root.querySelector("[data-stale]");
        box.innerHTML = found.html;
        box.hidden = false;
        box.focus();
        map.showOutline("theirs", found.zones, { color: "#8d3b72", weight: 3, dashArray: "8 6" });
        box.querySelector('[data-stale-act="mine"]').addEventListener("click", function () { map.showOutline("theirs", []); save(found.version); });
        box.querySelector('[data-stale-act="theirs"]').addEventListener("click", function () {
            version = found.version;
            map.showOutline("theirs", []);
            box.hidden = true;
            history.did(same(found.zones), "their version taken; Undo brings yours back");
            history.keep(history.current());
            show();
            said("Their version is shown; Undo brings yours back.");
            checkSoon();
        });
    }

    function download() {
        const file = new Blob([JSON.stringify(Drawing.collection(history.current()), null, 1)], { type: "application/geo+json" });
        const link = document.createElement("a");
        link.href = URL.createObjectURL(file);
        link.download = root.dataset.fileName;
        link.click();
        URL.revokeObjectURL(link.href);
        said("Downloaded as " + root.dataset.fileName + ".");
    }

    function step(way) {
        const words = history[way]();
        if (words) {
            root.querySelector("[data-refused]").hidden = true;
            show();
            said((way === "undo" ? "Undone: " : "Done again: ") + words + ".");
            checkSoon();
        }
    }

    const acts = {
        area: function (button) { draw("Polygon", button.getAttribute("aria-pressed") === "true"); },
        download: download,
        forget: forget,
        line: function (button) { draw("Line", button.getAttribute("aria-pressed") === "true"); },
        redo: function () { step("redo"); },
        save: function () { save(); },
        undo: function () { step("undo"); },
    };
    root.addEventListener("click", function (event) {
        const button = event.target.closest("[data-act]");
        if (button && acts[button.dataset.act]) {
            acts[button.dataset.act](button);
        }
    });
    document.addEventListener("keydown", function (event) {
        if (event.key === "Escape") {
            map.stop();
            return;
        }
        const act = event.ctrlKey || event.metaKey ? { z: event.shiftKey ? "redo" : "undo", y: "redo", s: "save" }[event.key.toLowerCase()] : "";
        const types = event.target.closest("input:not([type=radio]):not([type=checkbox]), textarea");
        if (act && (act === "save" || !types)) {
            event.preventDefault();
            acts[act]();
        }
    });
    window.addEventListener("beforeunload", function (event) {
        if (!history.isKept()) {
            event.preventDefault();
        }
    });

    map.fit(data.zones.length ? data.zones : data.in_force);
    map.showOutline("in-force", data.in_force, { color: "#000", weight: 2, dashArray: "2 5" });
    map.layer("in-force", false);
    map.showPackages(data.packages);
    show();
    check();
})();
