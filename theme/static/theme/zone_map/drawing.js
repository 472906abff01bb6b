/* A drawing of zones and what may be done to it. A drawing is a list of GeoJSON features and is
   never changed: each act returns a new one, so that undoing is going back to the one before.
   Zones that share a point hold the same two numbers; moving the point moves it in all of them,
   which is why a shared edge moves without a gap. An act that cannot be done throws its sentence. */
(function () {
    "use strict";

    const DIGITS = 1e7;  // a degree's seventh decimal is a centimetre

    function keyOf(at) {
        return at[0] + " " + at[1];
    }

    function rounded(at) {
        return [Math.round(at[0] * DIGITS) / DIGITS, Math.round(at[1] * DIGITS) / DIGITS];
    }

    function polygonsOf(zone) {
        const found = zone.geometry.coordinates;
        return zone.geometry.type === "MultiPolygon" ? found : [found];
    }

    function geometryOf(polygons) {
        return polygons.length === 1
            ? { type: "Polygon", coordinates: polygons[0] }
            : { type: "MultiPolygon", coordinates: polygons };
    }

    /* A ring without its closing point and without points that repeat; null when nothing is left. */
    function tidy(open) {
        const kept = open.filter(function (at, index) {
            return keyOf(at) !== keyOf(open[(index + 1) % open.length]);
        });
        return kept.length < 3 ? null : kept.concat([kept[0]]);
    }

    function withRings(zone, change) {
        const polygons = polygonsOf(zone).map(function (rings) {
            const kept = rings.map(function (ring) { return tidy(change(ring.slice(0, -1))); });
            return kept[0] ? kept.filter(Boolean) : null;
        }).filter(Boolean);
        if (!polygons.length) {
            throw new Error("Nothing of zone " + zone.properties.code + " would be left. Delete the zone, or keep three of its points.");
        }
        return { type: "Feature", properties: zone.properties, geometry: geometryOf(polygons) };
    }

    function pointsOf(zone) {
        const found = [];
        polygonsOf(zone).forEach(function (rings) {
            rings.forEach(function (ring) { found.push.apply(found, ring.slice(0, -1)); });
        });
        return found;
    }

    function holds(zone, at) {
        const key = keyOf(at);
        return pointsOf(zone).some(function (one) { return keyOf(one) === key; });
    }

    function holdersOf(zones, at) {
        return zones.filter(function (zone) { return holds(zone, at); });
    }

    function changed(zones, at, change) {
        return zones.map(function (zone) { return holds(zone, at) ? withRings(zone, change) : zone; });
    }

    /* Move a point in every zone that has it. */
    function moved(zones, from, to) {
        const key = keyOf(from);
        const there = rounded(to);
        return changed(zones, from, function (ring) {
            return ring.map(function (at) { return keyOf(at) === key ? there : at; });
        });
    }

    /* Take a point out of every zone that has it. */
    function removed(zones, at) {
        const key = keyOf(at);
        return changed(zones, at, function (ring) {
            return ring.filter(function (one) { return keyOf(one) !== key; });
        });
    }

    /* Put a point into the edge between two others, on both of its sides. */
    function inserted(zones, from, to, at) {
        const edge = [keyOf(from), keyOf(to)].sort().join("|");
        const there = rounded(at);
        return changed(zones, from, function (ring) {
            const made = [];
            ring.forEach(function (one, index) {
                const next = ring[(index + 1) % ring.length];
                made.push(one);
                if ([keyOf(one), keyOf(next)].sort().join("|") === edge) {
                    made.push(there);
                }
            });
            return made;
        });
    }

    function zoneOf(zones, code) {
        return zones.find(function (zone) { return zone.properties.code === code; });
    }

    function renamed(zones, code, newCode, newName) {
        const tidyCode = newCode.trim();
        if (!tidyCode) {
            throw new Error("A zone needs a code.");
        }
        if (tidyCode !== code && zoneOf(zones, tidyCode)) {
            throw new Error("There is a zone " + tidyCode + " already. Give this one another code.");
        }
        return zones.map(function (zone) {
            if (zone.properties.code !== code) {
                return zone;
            }
            const properties = Object.assign({}, zone.properties, { code: tidyCode, name: newName.trim() || tidyCode });
            return { type: "Feature", properties: properties, geometry: zone.geometry };
        });
    }

    function without(zones, code) {
        return zones.filter(function (zone) { return zone.properties.code !== code; });
    }

    /* The point before and after another one in a zone, in drawing order; used by lists. */
    function nextPoint(zone, at) {
        const key = keyOf(at);
        let found = null;
        polygonsOf(zone).forEach(function (rings) {
            rings.forEach(function (ring) {
                ring.slice(0, -1).forEach(function (one, index) {
                    if (!found && keyOf(one) === key) {
                        found = ring[index + 1];
                    }
                });
            });
        });
        return found;
    }

    /* Where a point let go near other zones belongs: on their nearest point, else on their nearest
       edge. `place` turns a point into pixels; zones that have the point already do not pull it. */
    function snapped(zones, from, to, place, pixels) {
        const here = place(to);
        const others = zones.filter(function (zone) { return !holds(zone, from); });
        let best = { distance: pixels, at: null, edge: null };
        others.forEach(function (zone) {
            pointsOf(zone).forEach(function (at) {
                const distance = here.distanceTo(place(at));
                if (distance < best.distance) {
                    best = { distance: distance, at: at, edge: null };
                }
            });
        });
        return best.at ? best : onEdge(others, to, here, place, pixels);
    }

    function onEdge(zones, to, here, place, pixels) {
        let best = { distance: pixels, at: to, edge: null };
        zones.forEach(function (zone) {
            polygonsOf(zone).forEach(function (rings) {
                rings.forEach(function (ring) {
                    ring.slice(0, -1).forEach(function (from, index) {
                        const found = L.LineUtil.closestPointOnSegment(here, place(from), place(ring[index + 1]));
                        const distance = here.distanceTo(found);
                        if (distance < best.distance) {
                            const whole = place(from).distanceTo(place(ring[index + 1])) || 1;
                            const share = place(from).distanceTo(found) / whole;
                            const at = rounded([0, 1].map(function (axis) {
                                return from[axis] + share * (ring[index + 1][axis] - from[axis]);
                            }));
                            best = { distance: distance, at: at, edge: [from, ring[index + 1]] };
                        }
                    });
                });
            });
        });
        return best;
    }

    /* A code no zone has yet: the next letter, or a number after a stem. */
    function freshCode(zones, stem) {
        const taken = new Set(zones.map(function (zone) { return zone.properties.code; }));
        const letters = Array.from("ABCDEFGHIJKLMNOPQRSTUVWXYZ").filter(function (one) { return !taken.has(one); });
        if (!stem && letters.length) {
            return letters[0];
        }
        let number = 2;
        while (taken.has((stem || "Z") + number)) {
            number += 1;
        }
        return (stem || "Z") + number;
    }

    function collection(zones) {
        return { type: "FeatureCollection", features: zones };
    }

    window.HomewardDrawing = {
        collection: collection, freshCode: freshCode, holds: holds, holdersOf: holdersOf, inserted: inserted, keyOf: keyOf,
        moved: moved, nextPoint: nextPoint, pointsOf: pointsOf, polygonsOf: polygonsOf, removed: removed,
        renamed: renamed, rounded: rounded, snapped: snapped, without: without, zoneOf: zoneOf,
    };
})();
