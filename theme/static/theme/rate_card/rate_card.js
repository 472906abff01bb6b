/* The grid of a card's lines: one more row at a press. Without this script two empty rows are there. */
(function () {
    "use strict";

    const add = document.getElementById("lines-add");
    const template = document.getElementById("lines-new");
    const rows = document.getElementById("lines-rows");
    const total = document.getElementById("id_lines-TOTAL_FORMS");
    if (!add || !template || !rows || !total) {
        return;
    }
    add.hidden = false;
    add.addEventListener("click", function () {
        const number = Number(total.value);
        const row = template.content.firstElementChild.cloneNode(true);
        row.querySelectorAll("[name], [id]").forEach(function (field) {
            ["name", "id"].forEach(function (key) {
                if (field.hasAttribute(key)) {
                    field.setAttribute(key, field.getAttribute(key).replace("__prefix__", String(number)));
                }
            });
            if (field.hasAttribute("aria-label")) {
                field.setAttribute("aria-label", field.getAttribute("aria-label").replace("new line", "line " + (number + 1)));
            }
        });
        rows.append(row);
        total.value = String(number + 1);
        row.querySelector("select").focus();
    });
})();
