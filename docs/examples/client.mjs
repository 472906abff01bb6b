// A provider's client of Homeward's GraphQL API, with nothing but Node (18 or later).
//
//   HOMEWARD_KEY=hw_… node client.mjs http://127.0.0.1:8000 list
//   HOMEWARD_KEY=hw_… node client.mjs http://127.0.0.1:8000 offer INVITATION 2026-12-01 210
//   HOMEWARD_KEY=hw_… node client.mjs http://127.0.0.1:8000 changes [CURSOR]
//   HOMEWARD_SECRET=… node client.mjs verify 't=…,v1=…' < body.json
//
// Every command prints JSON. `offer` may be sent again after a lost answer: its idempotency key is
// made of what it asks, so the offer is made once.

import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

const SECONDS_OLD_MOST = 300;
const OPEN = `query ($after: String) {
  openPackages(first: 50, after: $after) {
    pageInfo { hasNextPage endCursor }
    nodes { reference invitation postcodeDistrict startsOn weeklyMinutes closesAt }
  }
}`;
const OFFER = `mutation ($key: String!, $invitation: ID!, $startsOn: Date!, $minutes: Int!) {
  makeOffer(idempotencyKey: $key, invitation: $invitation, startsOn: $startsOn,
            weeklyMinutes: $minutes) {
    offer { id reference state madeAt }
    problems { code field message }
  }
}`;
const CHANGES = `query ($cursor: String) {
  packagesChangedSince(cursor: $cursor, first: 50) {
    nodes { id kind packageId reference at } cursor hasMore
  }
}`;

/** Ask once; wait and ask again when the key's minute is used up. */
async function ask(home, query, variables) {
  const send = () =>
    fetch(`${home.address}/graphql`, {
      method: "POST",
      headers: { "Content-Type": "application/json", Authorization: `Bearer ${home.key}` },
      body: JSON.stringify({ query, variables }),
    });
  let response = await send();
  if (response.status === 429) {
    await sleep(1000 * Number(response.headers.get("Retry-After")));
    response = await send();
  }
  const answer = await response.json();
  if (answer.errors) throw new Error(JSON.stringify(answer.errors));
  return answer.data;
}

/** Every package open to us, page by page. */
async function openPackages(home) {
  const found = [];
  let after = null;
  for (;;) {
    const { openPackages: page } = await ask(home, OPEN, { after });
    found.push(...page.nodes);
    if (!page.pageInfo.hasNextPage) return found;
    after = page.pageInfo.endCursor;
  }
}

/** Offer for a package once, however often this is called with the same values. */
async function offer(home, invitation, startsOn, minutes) {
  const asked = `offer ${invitation} ${startsOn} ${minutes}`;
  const key = createHash("sha256").update(asked).digest("hex");
  const data = await ask(home, OFFER, { key, invitation, startsOn, minutes });
  return data.makeOffer;
}

/** Everything that happened since a cursor, and the cursor to keep for next time. */
async function changes(home, cursor = null) {
  const found = [];
  for (;;) {
    const { packagesChangedSince: page } = await ask(home, CHANGES, { cursor });
    found.push(...page.nodes);
    cursor = page.cursor;
    if (!page.hasMore) return { changes: found, cursor };
  }
}

/** Whether a webhook's body was signed with our secret, in the last five minutes. */
export function isGenuine(secret, header, body, nowSeconds) {
  const parts = Object.fromEntries(header.split(",").map((part) => part.split(/=(.*)/, 2)));
  if (!/^\d+$/.test(parts.t ?? "") || Math.abs(nowSeconds - Number(parts.t)) > SECONDS_OLD_MOST) {
    return false;
  }
  const signed = Buffer.concat([Buffer.from(`${parts.t}.`), body]);
  const expected = Buffer.from(createHmac("sha256", secret).update(signed).digest("hex"));
  const given = Buffer.from(parts.v1 ?? "");
  return given.length === expected.length && timingSafeEqual(given, expected);
}

async function main([first, ...rest]) {
  if (first === "verify") {
    const body = readFileSync(0);
    return { genuine: isGenuine(process.env.HOMEWARD_SECRET, rest[0], body, Date.now() / 1000) };
  }
  const home = { address: first.replace(/\/$/, ""), key: process.env.HOMEWARD_KEY };
  const [command, ...values] = rest;
  if (command === "list") return openPackages(home);
  if (command === "offer") return offer(home, values[0], values[1], Number(values[2]));
  return changes(home, values[0]);
}

console.log(JSON.stringify(await main(process.argv.slice(2)), null, 2));
