/* What was done to a drawing, to undo and redo as a whole; and whether it differs from what is kept. */
(function () {
    "use strict";

    const MOST = 200;

    function history(first) {
        let steps = [{ zones: first, words: "" }];
        let now = 0;
        let kept = first;

        function current() {
            return steps[now].zones;
        }

        return {
            current: current,
            /* Take a new drawing up, forgetting what was undone. */
            did: function (zones, words) {
                steps = steps.slice(0, now + 1).concat([{ zones: zones, words: words }]).slice(-MOST);
                now = steps.length - 1;
            },
            /* Go back; returns what was undone in words, empty when there is nothing. */
            undo: function () {
                const words = now > 0 ? steps[now].words : "";
                now = Math.max(now - 1, 0);
                return words;
            },
            redo: function () {
                now = Math.min(now + 1, steps.length - 1);
                return steps[now].words;
            },
            mayUndo: function () { return now > 0; },
            mayRedo: function () { return now < steps.length - 1; },
            keep: function (zones) { kept = zones; },
            isKept: function () { return kept === current(); },
        };
    }

    window.HomewardHistory = { history: history };
})();
