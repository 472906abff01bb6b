-- What a developer gives PostGraphile for the one list: a role of its own, and row-level security
-- that says the same as Homeward's provider_selectors.
ALTER TABLE care_carepackage
  ADD COLUMN postcode_district text GENERATED ALWAYS AS (split_part(postcode, ' ', 1)) STORED;

DROP ROLE IF EXISTS homeward_peer;
CREATE ROLE homeward_peer;
GRANT USAGE ON SCHEMA public TO homeward_peer;
-- PostGraphile reads a row with every column, so tables cannot be granted by column; what says
-- where somebody lives is left out of its schema instead.
GRANT SELECT ON care_carepackage, care_visitpattern, places_zone, market_lot,
  brokerage_invitation, brokerage_release TO homeward_peer;
COMMENT ON COLUMN care_carepackage.postcode IS E'@omit';
COMMENT ON COLUMN care_carepackage.latitude IS E'@omit';
COMMENT ON COLUMN care_carepackage.longitude IS E'@omit';

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
