-- What a developer gives PostGraphile for the one list: a role without personal columns, and
-- row-level security that says the same as Homeward's provider_selectors.
ALTER TABLE care_carepackage
  ADD COLUMN postcode_district text GENERATED ALWAYS AS (split_part(postcode, ' ', 1)) STORED;

DROP ROLE IF EXISTS homeward_peer;
CREATE ROLE homeward_peer;
GRANT USAGE ON SCHEMA public TO homeward_peer;
GRANT SELECT (id, public_id, package_ref, pathway, zone_id, lot_id, starts_on, weekly_minutes,
              skills, status, postcode_district) ON care_carepackage TO homeward_peer;
GRANT SELECT (id, package_id, weekdays, earliest_minutes, latest_minutes, minutes, carers, valid_to)
  ON care_visitpattern TO homeward_peer;
GRANT SELECT (id, code, name) ON places_zone, market_lot TO homeward_peer;
GRANT SELECT (id, release_id, provider_id, state, closes_at) ON brokerage_invitation TO homeward_peer;
GRANT SELECT (id, package_id, state) ON brokerage_release TO homeward_peer;

ALTER TABLE care_carepackage ENABLE ROW LEVEL SECURITY;
ALTER TABLE care_visitpattern ENABLE ROW LEVEL SECURITY;
ALTER TABLE brokerage_invitation ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON brokerage_invitation TO homeward_peer
  USING (provider_id = current_setting('homeward.provider_id')::bigint);
CREATE POLICY open ON care_carepackage TO homeward_peer
  USING (EXISTS (
    SELECT 1 FROM brokerage_release r JOIN brokerage_invitation i ON i.release_id = r.id
    WHERE r.package_id = care_carepackage.id AND r.state = 'open'
      AND i.state IN ('open', 'offered') AND i.closes_at > now()));
CREATE POLICY of_open ON care_visitpattern TO homeward_peer
  USING (EXISTS (SELECT 1 FROM care_carepackage p WHERE p.id = care_visitpattern.package_id));
