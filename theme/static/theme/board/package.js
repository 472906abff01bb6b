/* Says when somebody changes the package that is being worked on; nothing typed is touched. */
(function () {
    "use strict";

    const page = document.getElementById("brokerage");
    const line = page.querySelector("[data-changed]");
    let stamp = page.dataset.stamp;
    schedule();

    function schedule() {
        window.setTimeout(ask, Number(page.dataset.every) * 1000);
    }

    function ask() {
        if (document.hidden) {
            schedule();
            return;
        }
        fetch(page.dataset.newsUrl + "?since=" + stamp, { headers: { Accept: "application/json" }, credentials: "same-origin" })
            .then(function (answer) { return answer.ok ? answer.json() : Promise.reject(answer.status); })
            .then(function (news) {
                stamp = String(news.stamp);
                if (news.seen !== undefined && news.seen !== page.dataset.seen) {
                    tell(news.words);
                }
            })
            .catch(function () { /* It asks again. */ })
            .finally(schedule);
    }

    function tell(words) {
        const link = document.createElement("a");
        link.href = window.location.pathname;
        link.textContent = "Show it as it is now";
        line.replaceChildren("Somebody changed this package since you opened it: it is “" + words + "” now. What you typed is still here. ", link);
    }
})();
