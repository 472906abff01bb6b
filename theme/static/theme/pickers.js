// Starts Wagtail's date and time pickers from data attributes: the CSP allows no inline script.
const STARTERS = {
  date: "initDateChooser",
  time: "initTimeChooser",
  datetime: "initDateTimeChooser",
};

// Wagtail's picker draws its buttons as pictures without a name.
const PICKER_BUTTONS = [
  [".xdsoft_datepicker .xdsoft_prev", "Previous month"],
  [".xdsoft_datepicker .xdsoft_next", "Next month"],
  [".xdsoft_datepicker .xdsoft_today_button", "Today"],
  [".xdsoft_timepicker .xdsoft_prev", "Earlier times"],
  [".xdsoft_timepicker .xdsoft_next", "Later times"],
];

function namePickerButtons(root) {
  PICKER_BUTTONS.forEach(([buttons, name]) => {
    root.querySelectorAll(`${buttons}:not([aria-label])`).forEach((button) => {
      button.setAttribute("aria-label", name);
    });
  });
}

function startPickers(root) {
  root.querySelectorAll("[data-theme-picker]:not([data-theme-started])").forEach((mark) => {
    const start = window[STARTERS[mark.dataset.themePicker]];
    if (!start || !document.getElementById(mark.dataset.themeFor)) return;
    mark.dataset.themeStarted = "yes";
    start(mark.dataset.themeFor, JSON.parse(mark.dataset.themeConfig));
  });
}

// Filters and dialogs arrive later than the page.
new MutationObserver(() => {
  startPickers(document);
  namePickerButtons(document);
}).observe(document.documentElement, {
  childList: true,
  subtree: true,
});
document.addEventListener("DOMContentLoaded", () => startPickers(document));
window.addEventListener("load", () => startPickers(document));
