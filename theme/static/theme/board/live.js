/* The board stays as it is in the council: asks what changed, redraws those cards, says so.
   A card that is being used is left alone and only says that there is news. */
(function () {
    "use strict";

    const page = document.getElementById("board");
    if (!page) {
        return;
    }
    const TOLD = 3;
    const AT_ONCE = 100;
    const WHOLE_EVERY = 12;
    const said = page.querySelector("[data-live-said]");
    const state = page.querySelector("[data-live-state]");
    let stamp = page.dataset.stamp;
    let asked = 0;
    schedule();

    function schedule() {
        window.setTimeout(ask, Number(page.dataset.every) * 1000);
    }

    function address(url, extra) {
        return url + "?" + page.dataset.query + extra;
    }

    function get(url) {
        return fetch(url, { headers: { Accept: "application/json" }, credentials: "same-origin" })
            .then(function (answer) { return answer.ok ? answer.json() : Promise.reject(answer.status); });
    }

    function ask() {
        if (document.hidden) {
            schedule();
            return;
        }
        asked += 1;
        /* Clocks run out and days go by without an entry in the audit. */
        const since = asked % WHOLE_EVERY ? stamp : "-1";
        get(address(page.dataset.changesUrl, "&since=" + since))
            .then(function (news) {
                state.textContent = "Live";
                page.classList.remove("theme-board--still");
                const done = news.cards ? follow(news) : Promise.resolve();
                return done.then(function () { stamp = String(news.stamp); });
            })
            .catch(function () {
                state.textContent = "Not live: trying again";
                page.classList.add("theme-board--still");
            })
            .finally(schedule);
    }

    function cards() {
        const found = new Map();
        page.querySelectorAll("[data-card]").forEach(function (card) { found.set(Number(card.dataset.card), card); });
        return found;
    }

    function follow(news) {
        const here = cards();
        const wanted = news.cards.filter(function (one) {
            const card = here.get(one.id);
            return !card || (card.dataset.digest !== one.digest && card.dataset.known !== one.digest);
        }).slice(0, AT_ONCE);
        const ids = new Set(news.cards.map(function (one) { return one.id; }));
        const gone = Array.from(here.values()).filter(function (card) { return !ids.has(Number(card.dataset.card)); });
        count(news);
        if (!wanted.length) {
            leave(gone);
            tell([], gone);
            arrange(news.cards);
            redrawn([]);
            return Promise.resolve();
        }
        const query = wanted.map(function (one) { return "&pk=" + one.id; }).join("");
        return get(address(page.dataset.cardsUrl, query)).then(function (drawn) {
            const changed = wanted.filter(function (one) { return drawn.cards[one.id]; });
            const words = changed.map(function (one) { return put(one, here.get(one.id), drawn.cards[one.id]); });
            leave(gone);
            arrange(news.cards);
            tell(words, gone);
            redrawn(drawn.spots);
        });
    }

    function redrawn(spots) {
        page.dispatchEvent(new CustomEvent("theme:cards", { detail: { spots: spots } }));
    }

    function count(news) {
        page.querySelectorAll("[data-count]").forEach(function (place) { place.textContent = news.counts[place.dataset.count]; });
        page.querySelectorAll("[data-total]").forEach(function (place) { place.textContent = news.total; });
    }

    /* In use: it has the focus, or something is typed in its form. */
    function busy(card) {
        const typed = Array.from(card.querySelectorAll("input:not([type=hidden])")).some(function (input) { return input.value !== input.defaultValue; });
        return typed || card.contains(document.activeElement);
    }

    function made(html) {
        const template = document.createElement("template");
        template.innerHTML = html.trim();
        const card = template.content.firstElementChild;
        const open = card.querySelector("[data-keep-query]");
        if (open) {
            open.value = page.dataset.query;
        }
        return card;
    }

    function put(one, old, html) {
        const fresh = made(html);
        const stage = stageWords(one.stage);
        if (!old) {
            place(fresh, one.stage);
            return one.ref + " is new in “" + stage + "”";
        }
        const moved = old.dataset.stage !== one.stage;
        const words = moved ? one.ref + " is in “" + stage + "” now" : one.ref + " changed";
        if (busy(old)) {
            old.dataset.known = one.digest;
            note(old, words, fresh, one.stage);
            return words;
        }
        old.replaceWith(fresh);
        if (moved) {
            place(fresh, one.stage);
        }
        flash(fresh);
        return words;
    }

    function flash(card) {
        card.classList.add("theme-fresh");
        window.setTimeout(function () { card.classList.remove("theme-fresh"); }, 4000);
    }

    function place(card, stage) {
        const list = page.querySelector('[data-cards="' + stage + '"]') || page.querySelector('[data-cards=""]');
        list.append(card);
    }

    /* What changed, on a card in use; its own button takes the news. */
    function note(card, words, fresh, stage) {
        const place_ = card.querySelector("[data-news]");
        if (!place_) {
            return;
        }
        const button = document.createElement("button");
        button.type = "button";
        button.className = "button button-small button-secondary";
        button.textContent = fresh ? "Show it as it is now" : "Take it away";
        button.addEventListener("click", function () {
            if (!fresh) {
                card.remove();
                return;
            }
            card.replaceWith(fresh);
            place(fresh, stage);
            fresh.querySelector("a").focus();
        });
        place_.replaceChildren(words + ". ", button);
        place_.hidden = false;
    }

    function leave(gone) {
        gone.forEach(function (card) {
            if (busy(card)) {
                card.dataset.known = "";
                note(card, card.dataset.ref + " left this board", null, "");
            } else {
                card.remove();
            }
        });
    }

    /* The order of the council's board, without moving a card that is in use: moving would blur it. */
    function arrange(order) {
        const here = cards();
        page.querySelectorAll("[data-cards]").forEach(function (list) {
            let next = list.firstElementChild;
            order.forEach(function (one) {
                const card = here.get(one.id);
                if (!card || card.parentElement !== list) {
                    return;
                }
                if (card === next) {
                    next = next.nextElementSibling;
                } else if (!card.contains(document.activeElement)) {
                    list.insertBefore(card, next);
                }
            });
            const none = list.parentElement.querySelector("[data-none]");
            if (none) {
                none.hidden = Boolean(list.firstElementChild);
            }
        });
    }

    function stageWords(stage) {
        const column = document.getElementById("column-" + stage);
        if (column) {
            return column.firstChild.nextSibling.textContent.trim();
        }
        const sum = page.querySelector('.theme-board__sum [data-count="' + stage + '"]');
        return sum ? sum.previousSibling.textContent.trim() : stage;
    }

    function tell(words, gone) {
        const all = words.concat(gone.map(function (card) { return card.dataset.ref + " left this board"; }));
        if (!all.length) {
            return;
        }
        const more = all.length > TOLD ? ", and " + (all.length - TOLD) + " more" : "";
        said.textContent = all.slice(0, TOLD).join("; ") + more + ".";
    }
})();
