/* The editor of a quality framework: more rows at a press, and sums while the weights are typed.
   Without this script there is an empty row in every list, and the server says the sums. */
(function () {
    "use strict";

    const form = document.getElementById("quality-form");
    if (!form) {
        return;
    }
    const lists = {
        domain: () => document.getElementById("quality-domains"),
        standard: (button) => button.closest("[data-domain]").querySelector("[data-standards]"),
        criterion: (button) => button.closest("[data-standard]").querySelector("[data-criteria]"),
        kpi: () => document.getElementById("quality-kpis"),
    };

    function place(element, kind) {
        const holder = element.closest("[data-" + kind + "]");
        return holder ? holder.dataset[kind] : "";
    }

    function next(list, kind) {
        const taken = Array.from(list.children, (one) => Number(one.dataset[kind]));
        return String(Math.max(-1, ...taken) + 1);
    }

    function add(button) {
        const kind = button.dataset.add;
        const list = lists[kind](button);
        const number = next(list, kind);
        const places = {
            __d__: kind === "domain" ? number : place(button, "domain"),
            __s__: kind === "standard" ? number : place(button, "standard") || "0",
            __c__: number,
            __k__: number,
        };
        const row = document.getElementById("new-" + kind).content.firstElementChild.cloneNode(true);
        const within = [row, ...row.querySelectorAll("*")];
        within.forEach(function (element) {
            Array.from(element.attributes).forEach(function (attribute) {
                attribute.value = attribute.value.replace(/__[dsck]__/g, (mark) => places[mark]);
            });
        });
        list.append(row);
        show(row);
        sums();
        row.querySelector("input, textarea").focus();
    }

    function remove(button) {
        const row = button.closest("[data-" + button.dataset.remove + "]");
        const list = row.parentElement;
        row.remove();
        sums();
        const stays = list.querySelector("input") || form.querySelector("[data-add]");
        stays.focus();
    }

    function hundredths(field) {
        const typed = Number(field.value.trim().replace(",", "."));
        return Number.isFinite(typed) ? Math.round(typed * 100) : 0;
    }

    function sum(within, kind) {
        const fields = within.querySelectorAll('[data-weight="' + kind + '"]');
        return Array.from(fields).reduce((total, field) => total + hundredths(field), 0);
    }

    function say(output, total, whole, words) {
        output.textContent = total / 100 + words;
        output.dataset.right = !whole ? "" : total === 10000 ? "yes" : "no";
    }

    function sums() {
        say(form.querySelector('[data-sum="all"]'), sum(form, "standard"), true, " of 100 %, all standards together");
        form.querySelectorAll("[data-domain]").forEach(function (domain) {
            say(domain.querySelector('[data-sum="domain"]'), sum(domain, "standard"), false, " % of the framework");
        });
        form.querySelectorAll("[data-standard]").forEach(function (standard) {
            const output = standard.querySelector('[data-sum="standard"]');
            const any = Array.from(standard.querySelectorAll("[data-criterion] input")).some((field) => field.value.trim());
            if (any) {
                say(output, sum(standard, "criterion"), true, " of 100 %, its criteria together");
            } else {
                output.textContent = "";
            }
        });
    }

    function show(within) {
        within.querySelectorAll("[data-add], [data-remove]").forEach(function (button) {
            button.hidden = false;
        });
    }

    form.addEventListener("input", sums);
    form.addEventListener("click", function (event) {
        const button = event.target.closest("[data-add], [data-remove]");
        if (button && button.dataset.add) {
            add(button);
        } else if (button) {
            remove(button);
        }
    });
    show(form);
    sums();
})();
