/* Dragging a card onto a column opens its Move form with that column chosen: the form acts. */
(function () {
    "use strict";

    const page = document.getElementById("board");
    let dragged = null;

    function option(card, stage) {
        return card && card.querySelector('select[name=to] option[value="' + stage + '"]');
    }

    page.addEventListener("dragstart", function (event) {
        dragged = event.target.closest("[data-card]");
        if (dragged) {
            event.dataTransfer.effectAllowed = "move";
            event.dataTransfer.setData("text/plain", dragged.dataset.ref);
        }
    });
    page.addEventListener("dragend", function () {
        dragged = null;
        page.querySelectorAll(".theme-column--target").forEach(function (column) { column.classList.remove("theme-column--target"); });
    });
    page.querySelectorAll("[data-column]").forEach(function (column) {
        column.addEventListener("dragover", function (event) {
            if (option(dragged, column.dataset.column)) {
                event.preventDefault();
                column.classList.add("theme-column--target");
            }
        });
        column.addEventListener("dragleave", function () { column.classList.remove("theme-column--target"); });
        column.addEventListener("drop", function (event) {
            const chosen = option(dragged, column.dataset.column);
            if (!chosen) {
                return;
            }
            event.preventDefault();
            const form = dragged.querySelector("[data-move]");
            form.open = true;
            chosen.selected = true;
            form.querySelector(form.querySelector("input[required]") ? "input[required]" : "button").focus();
        });
    });
})();
