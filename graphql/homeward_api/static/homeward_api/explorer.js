// The explorer: asks with a key that is kept nowhere but in the field it was pasted into.

const part = (id) => document.getElementById(id);
const examples = JSON.parse(part("examples").textContent);
const form = part("ask");

function showExample() {
  const chosen = examples[part("example").value];
  part("query").value = chosen.query;
  part("variables").value = chosen.variables;
}

function show(summary, answer) {
  part("summary").textContent = summary;
  part("answer").textContent = answer;
}

function variables() {
  const text = part("variables").value.trim();
  return text ? JSON.parse(text) : {};
}

function summaryOf(response, body) {
  const words = [`${response.status} ${response.statusText}`.trim()];
  const { cost, rate } = body.extensions ?? {};
  if (cost) words.push(`cost ${cost.asked} of ${cost.most}`);
  if (rate) words.push(`left this minute: ${rate.requestsLeft} requests, cost ${rate.costLeft}`);
  const again = response.headers.get("Retry-After");
  if (again) words.push(`ask again in ${again} s`);
  return words.join(" · ");
}

async function ask(event) {
  event.preventDefault();
  let given;
  try {
    given = variables();
  } catch (mistake) {
    show(`The variables are not JSON: ${mistake.message}`, "");
    return;
  }
  show("Asking…", "");
  try {
    const response = await fetch(form.dataset.address, {
      method: "POST",
      credentials: "omit",
      headers: {
        "Content-Type": "application/json",
        Authorization: `Bearer ${part("key").value.trim()}`,
      },
      body: JSON.stringify({ query: part("query").value, variables: given }),
    });
    const body = await response.json();
    show(summaryOf(response, body), JSON.stringify(body, null, 2));
  } catch (mistake) {
    show(`No answer: ${mistake.message}`, "");
  }
}

function search() {
  const wanted = part("search").value.trim().toLowerCase();
  let count = 0;
  for (const type of document.querySelectorAll(".api-type")) {
    const fits = type.textContent.toLowerCase().includes(wanted);
    type.hidden = !fits;
    count += fits;
  }
  part("found").textContent = wanted ? `${count} found` : "";
}

part("example").addEventListener("change", showExample);
part("search").addEventListener("input", search);
form.addEventListener("submit", ask);
form.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
});
showExample();
