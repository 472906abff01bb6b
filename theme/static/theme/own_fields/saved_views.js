// Filters change the address without loading the page: a view keeps the address as it is when saved.
for (const form of document.querySelectorAll("[data-saved-view]")) {
    form.addEventListener("submit", () => {
        form.elements.query.value = window.location.search.replace(/^\?/, "");
    });
}
