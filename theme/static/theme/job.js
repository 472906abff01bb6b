// Follows a running job: asks for news every two seconds, reloads once it is over.
const EVERY_MILLISECONDS = 2000;
const panel = document.querySelector("[data-theme-job]");

function show(name, text) {
  const place = panel.querySelector(`[data-theme-job-${name}]`);
  if (place && place.textContent !== String(text)) place.textContent = text;
}

function row(values) {
  const made = document.createElement("tr");
  for (const value of values) {
    const cell = document.createElement("td");
    cell.className = "theme-number";
    cell.textContent = value;
    made.append(cell);
  }
  return made;
}

// The curve, its sentence and its table follow the search while it runs.
function draw(curve) {
  const section = document.querySelector("[data-theme-job-curve-panel]");
  if (!section || !curve) return;
  section.querySelector("[data-theme-job-curve]").setAttribute("points", curve.line);
  section.querySelector("[data-theme-job-curve-words]").textContent = curve.words;
  section.querySelector("[data-theme-job-curve-rows]").replaceChildren(...curve.rows.map(row));
  section.hidden = false;
}

async function ask() {
  const answer = await fetch(panel.dataset.themeJob, { headers: { Accept: "application/json" } });
  if (!answer.ok) return true;
  const job = await answer.json();
  show("label", job.label);
  show("note", job.note);
  show("percent", job.percent);
  show("elapsed", job.elapsed);
  panel.querySelector("[data-theme-job-bar]").value = job.percent;
  draw(job.curve);
  if (job.over) window.location.reload();
  return !job.over;
}

async function follow() {
  let more = true;
  try {
    more = await ask();
  } catch {
    show("note", "Homeward does not answer; trying again.");
  }
  if (more) window.setTimeout(follow, EVERY_MILLISECONDS);
}

if (panel && panel.dataset.themeOver === "no") window.setTimeout(follow, EVERY_MILLISECONDS);
