/* Moving a visit: by dragging it to another row, or by the dialog that lists every carer's cost. */
(function () {
    "use strict";

    const dialog = document.getElementById("move-dialog");
    if (!dialog) {
        return;
    }
    const page = document.getElementById("rounds-day");
    const form = dialog.querySelector("[data-move-form]");
    const state = dialog.querySelector("[data-move-state]");
    const found = dialog.querySelector("[data-move-found]");
    const instead = dialog.querySelector("#move-instead");
    const ghost = document.querySelector("[data-move-ghost]");
    const DRAG_PIXELS = 5;
    const STALE = "The plan has changed since you opened this page. Load it again to move visits.";
    let asked = 0;

    function part(name) {
        return dialog.querySelector("[data-move-" + name + "]");
    }

    function fill(target, visit, rest) {
        Object.entries(Object.assign({ visit: visit }, rest)).forEach(function (pair) {
            target.querySelector('[name="' + pair[0] + '"]').value = pair[1];
        });
    }

    function signed(value, digits) {
        return (value < 0 ? "−" : "+") + Math.abs(value).toFixed(digits);
    }

    function ask(visit, carer) {
        const query = new URLSearchParams({ visit: visit });
        if (carer) {
            query.set("instead_of", carer);
        }
        return fetch(dialog.dataset.optionsUrl + "?" + query, { headers: { Accept: "application/json" } })
            .then(function (answer) { return answer.ok ? answer.json() : Promise.reject(answer.status); });
    }

    function cell(row, words, kind, number) {
        const made = document.createElement(kind || "td");
        made.textContent = words;
        if (kind === "th") {
            made.scope = "row";
        }
        if (number) {
            made.className = "theme-number";
        }
        row.append(made);
        return made;
    }

    function optionRow(visit, option, from) {
        const row = document.createElement("tr");
        row.className = option.is_now ? "theme-now" : "";
        const along = option.along_with.length ? " with " + option.along_with.join(" and ") : "";
        cell(row, option.carer + along + (option.is_now ? " (goes now)" : ""), "th");
        cell(row, option.shift_words);
        const later = option.minutes_later;
        cell(row, option.start + (later ? " (" + Math.abs(later) + " min " + (later > 0 ? "later" : "earlier") + ")" : ""));
        cell(row, signed(option.travel_minutes, 0) + " min", "td", true);
        cell(row, signed(option.cost_minutes, 1) + " min", "td", true);
        if (option.is_now && !later && Math.abs(option.cost_minutes) < 0.05) {
            cell(row, "");  // it is there already
            return row;
        }
        const button = document.createElement("button");
        button.type = "submit";
        button.className = "button button-small" + (option.is_now ? " button-secondary" : "");
        button.textContent = option.is_now ? "Put here" : "Move here";
        button.setAttribute("aria-label", button.textContent + ": " + option.carer + " " + option.shift_words + ", " + signed(option.cost_minutes, 1) + " minutes");
        button.addEventListener("click", function () { choose(visit, option, from); });
        cell(row, "").append(button);
        return row;
    }

    function choose(visit, option, from) {
        fill(form, visit, { carer: option.carer_id, shift: option.shift, instead_of: from || "" });
    }

    function item(words) {
        const made = document.createElement("li");
        made.textContent = words;
        return made;
    }

    function show(visit, answer) {
        const from = answer.instead_of;
        const possible = answer.options.filter(function (option) { return !option.refused; });
        const refused = answer.options.filter(function (option) { return option.refused; });
        part("why").replaceChildren(...answer.sentences.map(item));
        part("options").replaceChildren(...possible.map(function (option) { return optionRow(visit, option, from); }));
        part("refused").replaceChildren(...refused.map(function (option) {
            return item(option.carer + " (" + option.shift_words + "): " + option.refused + ".");
        }));
        part("others").hidden = refused.length === 0;
        part("instead").hidden = answer.made_by.length < 2;
        instead.replaceChildren(...answer.made_by.map(function (pair) {
            return new Option(pair[1], pair[0], false, pair[0] === from);
        }));
        showActs(visit, answer);
        const count = possible.length === 1 ? "1 place" : possible.length + " places";
        state.textContent = String(answer.version) === dialog.dataset.version
            ? count + " for it. Costs are of the whole plan, in minutes, against the plan as it is."
            : STALE;
        found.hidden = String(answer.version) !== dialog.dataset.version;
    }

    function showActs(visit, answer) {
        const pin = dialog.querySelector("[data-pin-form]");
        const leave = dialog.querySelector("[data-leave-form]");
        const placed = answer.made_by.length > 0;
        const pinned = answer.pinned_to.length > 0;
        fill(pin, visit, {});
        fill(leave, visit, {});
        leave.hidden = !placed;
        pin.hidden = !placed && !pinned;
        pin.querySelector("[data-pin-button]").textContent = pinned
            ? "Unpin"
            : "Pin to " + answer.made_by.map(function (pair) { return pair[1]; }).join(" and ");
        pin.querySelector("[data-pin-carers]").replaceChildren(...(pinned ? [] : answer.made_by).map(function (pair) {
            const hidden = document.createElement("input");
            hidden.type = "hidden";
            hidden.name = "carers";
            hidden.value = pair[0];
            return hidden;
        }));
    }

    function titleOf(visit) {
        const bar = page.querySelector('a[data-visit="' + visit + '"] title');
        const left = page.querySelector('.theme-unplaced > li[data-visit="' + visit + '"] .theme-unplaced__who');
        return bar ? bar.textContent : left ? left.textContent.trim().replace(/\s+/g, " ") : "a visit";
    }

    function open(visit, carer) {
        const mine = ++asked;
        part("title").textContent = "Move " + titleOf(visit);
        state.textContent = "Asking what each carer would cost…";
        found.hidden = true;
        if (!dialog.open) {
            dialog.showModal();
            part("title").focus();
        }
        dialog.dataset.visit = visit;
        ask(visit, carer)
            .then(function (answer) { if (mine === asked) { show(visit, answer); } })
            .catch(function () { state.textContent = "No answer: this visit may not be moved in this plan. Load the page again."; });
    }

    document.addEventListener("click", function (event) {
        const button = event.target.closest("[data-move-visit]");
        if (button) {
            open(button.dataset.moveVisit, button.dataset.moveCarer);
        }
    });
    instead.addEventListener("change", function () { open(dialog.dataset.visit, instead.value); });
    part("close").addEventListener("click", function () { dialog.close(); });

    /* Dragging: the rows say what each would cost before the visit is let go. */
    let drag = null;

    page.querySelectorAll("a[data-stop]").forEach(function (bar) {
        bar.addEventListener("dragstart", function (event) { event.preventDefault(); });
        bar.addEventListener("keydown", function (event) {
            if ((event.key === "m" || event.key === "M") && !event.ctrlKey && !event.metaKey && !event.altKey) {
                event.preventDefault();
                open(bar.dataset.visit, laneOf(bar).dataset.lane);
            }
        });
        bar.addEventListener("pointerdown", function (event) {
            if (event.button === 0 && event.pointerType !== "touch") {
                drag = { bar: bar, x: event.clientX, y: event.clientY, moving: false, options: null };
            }
        });
    });

    function laneOf(element) {
        return element ? element.closest("[data-lane]") : null;
    }

    function begin() {
        const lane = laneOf(drag.bar);
        const mine = drag;
        drag.moving = true;
        drag.lane = lane;
        page.classList.add("theme-dragging");
        ghost.hidden = false;
        ask(drag.bar.dataset.visit, lane.dataset.lane)
            .then(function (answer) {
                if (drag === mine) {
                    drag.stale = String(answer.version) !== dialog.dataset.version;
                    drag.options = answer;
                    priceLanes();
                    tellGhost();
                }
            })
            .catch(function () { if (drag === mine) { finish(); } });
    }

    function optionOf(lane) {
        const own = drag.options.options.filter(function (option) { return String(option.carer_id) === lane.dataset.lane; });
        return own.find(function (option) { return !option.refused; }) || own[0] || null;
    }

    function priceLanes() {
        page.querySelectorAll("[data-lane]").forEach(function (lane) {
            const note = lane.querySelector("[data-lane-note]");
            const option = optionOf(lane);
            if (lane === drag.lane || !option) {
                return;
            }
            note.dataset.words = note.textContent;
            lane.classList.add(option.refused ? "theme-lane--no" : "theme-lane--yes");
            note.textContent = option.refused ? "cannot" : signed(option.cost_minutes, 1) + " min, at " + option.start;
            note.dataset.cost = option.refused ? "no" : option.cost_minutes < 0 ? "less" : "more";
        });
    }

    function tellGhost() {
        const lane = drag.over;
        if (!drag.options) {
            ghost.textContent = "Asking what it would cost…";
        } else if (drag.stale) {
            ghost.textContent = STALE;
        } else if (!lane || lane === drag.lane) {
            ghost.textContent = "Let go on another carer's row";
        } else {
            const option = optionOf(lane);
            ghost.textContent = !option ? "Not on shift when this was planned" : option.refused
                ? option.carer + ": " + option.refused
                : option.carer + " at " + option.start + ": the plan costs " + signed(option.cost_minutes, 1) + " min, travel " + signed(option.travel_minutes, 0) + " min";
        }
    }

    function finish() {
        page.classList.remove("theme-dragging");
        ghost.hidden = true;
        page.querySelectorAll("[data-lane]").forEach(function (lane) {
            lane.classList.remove("theme-lane--yes", "theme-lane--no", "theme-lane--over");
            const note = lane.querySelector("[data-lane-note]");
            if (note.dataset.words) {
                note.textContent = note.dataset.words;
                delete note.dataset.words;
                delete note.dataset.cost;
            }
        });
        drag = null;
    }

    document.addEventListener("pointermove", function (event) {
        if (!drag) {
            return;
        }
        if (!drag.moving) {
            if (Math.hypot(event.clientX - drag.x, event.clientY - drag.y) < DRAG_PIXELS) {
                return;
            }
            begin();
        }
        const lane = laneOf(document.elementFromPoint(event.clientX, event.clientY));
        if (lane !== drag.over) {
            if (drag.over) {
                drag.over.classList.remove("theme-lane--over");
            }
            drag.over = lane;
            if (lane && lane !== drag.lane) {
                lane.classList.add("theme-lane--over");
            }
        }
        ghost.style.left = Math.min(event.clientX + 14, window.innerWidth - 330) + "px";
        ghost.style.top = event.clientY + 14 + "px";
        tellGhost();
        scrollNearEdge(event.clientY);
    });

    function scrollNearEdge(y) {
        const box = drag.lane.closest(".theme-timeline__scroll");
        const edge = box.getBoundingClientRect();
        if (y < edge.top + 40) {
            box.scrollTop -= 12;
        } else if (y > edge.bottom - 40) {
            box.scrollTop += 12;
        }
    }

    document.addEventListener("pointerup", function () {
        if (!drag) {
            return;
        }
        const last = drag;
        const option = last.moving && last.options && !last.stale && last.over && last.over !== last.lane ? optionOf(last.over) : null;
        if (last.moving) {
            // The click that ends a drag chooses nothing.
            last.bar.addEventListener("click", function (event) { event.stopImmediatePropagation(); event.preventDefault(); }, { once: true, capture: true });
        }
        finish();
        if (last.moving && last.over && last.over !== last.lane && !last.options) {
            open(last.bar.dataset.visit, last.lane.dataset.lane);
        } else if (option && !option.refused) {
            choose(last.bar.dataset.visit, option, last.options.instead_of);
            form.submit();
        }
    });
    document.addEventListener("keydown", function (event) {
        if (event.key === "Escape" && drag) {
            finish();
        }
    });
})();
