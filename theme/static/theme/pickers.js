// Starts Wagtail's date and time pickers from data attributes: the CSP allows no inline script.
const STARTERS = {
  date: "initDateChooser",
  time: "initTimeChooser",
  datetime: "initDateTimeChooser",
};

function startPickers(root) {
  root.querySelectorAll("[data-theme-picker]:not([data-theme-started])").forEach((mark) => {
    const start = window[STARTERS[mark.dataset.themePicker]];
    if (!start || !document.getElementById(mark.dataset.themeFor)) return;
    mark.dataset.themeStarted = "yes";
    start(mark.dataset.themeFor, JSON.parse(mark.dataset.themeConfig));
  });
}

// Filters and dialogs arrive later than the page.
new MutationObserver(() => startPickers(document)).observe(document.documentElement, {
  childList: true,
  subtree: true,
});
document.addEventListener("DOMContentLoaded", () => startPickers(document));
window.addEventListener("load", () => startPickers(document));
