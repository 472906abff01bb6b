// PostGraphile over the benchmark's database: who asks is known by the same key as Homeward's.
import { createHash } from "node:crypto";
import http from "node:http";
import pg from "pg";
import { postgraphile } from "postgraphile";

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 4 });
const PROVIDER_OF_KEY = `
  SELECT m.provider_id FROM accounts_apikey k
  JOIN market_providermembership m ON m.user_id = k.user_id
  WHERE k.prefix = $1 AND k.digest = $2 AND k.revoked_at IS NULL AND k.expires_at > now()`;

async function settingsOf(request) {
  const text = (request.headers.authorization || "").replace("Bearer ", "");
  const [, prefix, ...rest] = text.split("_");
  const digest = createHash("sha256").update(rest.join("_")).digest("hex");
  const found = await pool.query(PROVIDER_OF_KEY, [prefix, digest]);
  if (!found.rows.length) {
    throw Object.assign(new Error("No live key."), { status: 401 });
  }
  return { role: "homeward_peer", "homeward.provider_id": String(found.rows[0].provider_id) };
}

const answer = postgraphile(pool, "public", {
  disableQueryLog: true,
  graphqlRoute: "/graphql",
  ignoreRBAC: false,
  legacyRelations: "omit",
  pgSettings: settingsOf,
});
http.createServer(answer).listen(Number(process.env.PORT), "127.0.0.1");
