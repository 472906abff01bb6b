/* A slider beside each percentage: the number may lie beyond the slider's ends. */
function slide(number) {
  const both = document.createElement("div");
  const range = document.createElement("input");
  const most = Number(number.dataset.slide);
  Object.assign(range, { type: "range", min: -most, max: most, step: 0.5, value: number.value || 0 });
  range.setAttribute("aria-label", `${document.querySelector(`label[for="${number.id}"]`).textContent}, slider, percent`);
  both.className = "theme-slide";
  number.before(both);
  both.append(range, number);
  range.addEventListener("input", () => {
    number.value = Number(range.value) === 0 ? "" : range.value;
  });
  number.addEventListener("input", () => { range.value = number.value || 0; });
}

document.querySelectorAll("[data-slide]").forEach(slide);
