/* What the editor asks the server: one JSON post; a refusal comes back as its sentence. */
(function () {
    "use strict";

    const LOST = "The server cannot be reached. Nothing is lost: the drawing is still here. Try again, or download it.";

    function post(url, body, token) {
        return fetch(url, {
            method: "POST",
            headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": token },
            body: JSON.stringify(body),
        }).then(function (answer) {
            return answer.json().then(function (found) { return { status: answer.status, found: found }; }, function () {
                return { status: answer.status, found: { refusal: "The server answered " + answer.status + ". Nothing is lost: the drawing is still here. Perhaps you were signed out: sign in again in another tab, then go on here." } };
            });
        }, function () {
            return { status: 0, found: { refusal: LOST } };
        });
    }

    function get(url) {
        return fetch(url, { headers: { Accept: "application/json" } }).then(function (answer) {
            return answer.ok ? answer.json() : Promise.reject(new Error("The server answered " + answer.status + "."));
        });
    }

    window.HomewardServer = { get: get, post: post };
})();
