/* The map of the editor: paints a drawing and tells what the mouse did to it. Shapes are drawn and
   points dragged with Geoman; what a drag means for the neighbours is for drawing.js to say. */
(function () {
    "use strict";

    const Drawing = window.HomewardDrawing;
    const APART = { pmIgnore: true, snapIgnore: true };
    const SNAP_PIXELS = 12;
    const HANDLES = 60;  // the nearest to the mouse: a boundary may have thousands of points
    const TILES = 24;
    const EDITING = {
        allowSelfIntersection: true, draggable: false, snappable: false,
        limitMarkersToCount: HANDLES, removeLayerBelowMinVertexCount: false,
    };

    function latLng(at) {
        return L.latLng(at[1], at[0]);
    }

    function lngLat(place) {
        return [place.lng, place.lat];
    }

    /* The point of a zone that a layer's index path leads to: [ring, point], or [part, ring, point]. */
    function pointAt(zone, path) {
        const polygons = Drawing.polygonsOf(zone);
        const rings = path.length === 3 ? polygons[path[0]] : polygons[0];
        return rings[path[path.length - 2]][path[path.length - 1]];
    }

    function start(element, told) {
        /* The points have their list beside the map: on the map they are for the mouse. */
        L.Marker.mergeOptions({ keyboard: false });
        const map = HomewardMaps.plainMap(element);
        /* A double click ends a line here. Geoman ends it at the second click already and gives the
           double click back to Leaflet, which would move the map from under the hand. */
        map.doubleClickZoom.disable();
        map.createPane("theme-areas").style.zIndex = 340;
        map.createPane("theme-zones").style.zIndex = 350;
        const ground = L.svg({ pane: "theme-zones", padding: 0.3 });
        const canvas = L.canvas({ padding: 0.3 });
        const groups = {};
        const shapes = new Map();
        const numbers = new Map();
        const spot = L.circleMarker([0, 0], Object.assign({ radius: 10, color: "#000", weight: 3, fill: false, interactive: false }, APART));
        let zones = [];
        let chosen = "";
        let drag = null;

        function group(name) {
            groups[name] = groups[name] || L.layerGroup().addTo(map);
            return groups[name];
        }

        function numberOf(code) {
            if (!numbers.has(code)) {
                numbers.set(code, numbers.size);
            }
            return numbers.get(code);
        }

        function styleOf(zone) {
            const own = zone.properties.code === chosen;
            return { color: own ? "#000" : "#33474f", weight: own ? 3.5 : 1.6, fillColor: "url(#theme-zone-" + (numberOf(zone.properties.code) % TILES) + ")", fillOpacity: 1 };
        }

        function shapeOf(zone) {
            const options = Object.assign({ pane: "theme-zones", renderer: ground }, styleOf(zone));
            const coordinates = zone.geometry.type === "MultiPolygon" ? zone.geometry.coordinates : [zone.geometry.coordinates];
            const places = L.GeoJSON.coordsToLatLngs(coordinates, 2);
            const shape = L.polygon(places.length === 1 ? places[0] : places, options);
            shape.bindTooltip(HomewardZones.label(zone.properties), { permanent: true, direction: "center", className: "theme-map__label" });
            shape.on("click", function (event) {
                if (!map.pm.globalDrawModeEnabled()) {
                    L.DomEvent.stopPropagation(event);
                    told.chose(zone.properties.code);
                }
            });
            return follow(shape, zone);
        }

        /* Geoman's events of one zone's points, told in the drawing's own words. */
        function follow(shape, zone) {
            let pending = null;
            shape.on("pm:vertexadded", function (event) {
                const at = Drawing.rounded(lngLat(event.latlng));
                const path = event.indexPath.slice();
                path[path.length - 1] -= 1;
                const before = pointAt(zone, path);
                const made = Drawing.inserted(zones, before, nextOf(zone, path), at);
                pending = { zones: made, from: at };
                if (!event.marker._dragging) {
                    window.setTimeout(function () { told.tried(function () { return made; }, "a point put into zone " + zone.properties.code); }, 0);
                }
            });
            shape.on("pm:markerdragstart", function (event) {
                drag = pending || { zones: zones, from: pointAt(zone, event.indexPath) };
                pending = null;
            });
            shape.on("pm:markerdrag", function (event) {
                if (drag) {
                    alongside(zone, event.markerEvent.target.getLatLng());
                }
            });
            shape.on("pm:markerdragend", function (event) {
                const to = lngLat(event.markerEvent.target.getLatLng());
                const was = drag;
                drag = null;
                window.setTimeout(function () { settle(was, to, zone); }, 0);
            });
            shape.on("pm:vertexremoved", function (event) {
                const at = pointAt(zone, event.indexPath);
                window.setTimeout(function () { told.tried(function () { return Drawing.removed(zones, at); }, "a point taken out of zone " + zone.properties.code); }, 0);
            });
            shape.on("pm:vertexclick", function (event) { told.chosePoint(pointAt(zone, event.indexPath)); });
            return shape;
        }

        function nextOf(zone, path) {
            const next = path.slice();
            next[next.length - 1] += 1;
            return pointAt(zone, next);
        }

        /* While a point is dragged its neighbours follow, so that no gap opens under the mouse. */
        function alongside(zone, place) {
            const moving = Drawing.moved(drag.zones, drag.from, lngLat(place));
            drag.zones.forEach(function (before, index) {
                if (before.properties.code !== zone.properties.code && before !== moving[index]) {
                    const shape = shapes.get(zones[index]);
                    const parts = Drawing.polygonsOf(moving[index]);
                    shape.setLatLngs(L.GeoJSON.coordsToLatLngs(parts.length === 1 ? parts[0] : parts, parts.length === 1 ? 1 : 2));
                }
            });
        }

        function settle(was, to, zone) {
            told.tried(function () {
                const found = told.snaps() ? Drawing.snapped(was.zones, was.from, to, place, SNAP_PIXELS) : { at: to, edge: null };
                const ready = found.edge ? Drawing.inserted(was.zones, found.edge[0], found.edge[1], found.at) : was.zones;
                return Drawing.moved(ready, was.from, found.at);
            }, "a point of zone " + zone.properties.code + " moved");
        }

        function place(at) {
            return map.latLngToLayerPoint(latLng(at));
        }

        function edit() {
            zones.forEach(function (zone) {
                const shape = shapes.get(zone);
                if (zone.properties.code === chosen && !shape.pm.enabled() && !map.pm.globalDrawModeEnabled()) {
                    shape.pm.enable(EDITING);
                } else if (zone.properties.code !== chosen && shape.pm.enabled()) {
                    shape.pm.disable();
                }
                shape.setStyle(styleOf(zone));
            });
            const own = shapes.get(Drawing.zoneOf(zones, chosen));
            if (own) {
                own.bringToFront();
            }
        }

        /* Show a drawing: only what changed is painted anew. */
        function show(drawing) {
            zones = drawing;
            shapes.forEach(function (shape, zone) {
                if (!drawing.includes(zone)) {
                    shape.remove();
                    shapes.delete(zone);
                }
            });
            drawing.forEach(function (zone) {
                if (!shapes.has(zone)) {
                    shapes.set(zone, shapeOf(zone).addTo(group("zones")));
                }
            });
            const svg = map.getPane("theme-zones").querySelector("svg");
            if (svg && !svg.querySelector("defs")) {
                HomewardZones.tiles(svg, TILES, "theme-zone-");
            }
            edit();
        }

        /* Paint everything anew, as after an act that was refused half-way. */
        function again() {
            shapes.forEach(function (shape) { shape.remove(); });
            shapes.clear();
            show(zones);
        }

        map.on("pm:create", function (event) {
            event.layer.remove();
            const found = event.layer.getLatLngs();
            const points = (event.shape === "Polygon" ? found[0] : found).map(lngLat);
            window.setTimeout(function () { told.drew(event.shape === "Polygon" ? "area" : "line", points); }, 0);
        });
        map.on("pm:globaldrawmodetoggled", function (event) {
            told.drawing(event.enabled ? event.shape : "");
            edit();
        });

        return {
            again: again,
            map: map,
            show: show,
            numberOf: numberOf,
            choose: function (code) { chosen = code; edit(); },
            fit: function (drawing) { HomewardMaps.fit(map, L.geoJSON(drawing).getBounds()); },
            draw: function (shape) {
                shapes.forEach(function (one) { one.pm.disable(); });
                map.pm.enableDraw(shape, { snappable: told.snaps(), snapDistance: SNAP_PIXELS, allowSelfIntersection: shape !== "Polygon", finishOn: shape === "Line" ? "dblclick" : null });
            },
            stop: function () { map.pm.disableDraw(); },
            showPoint: function (at) {
                if (at) {
                    spot.setLatLng(latLng(at)).addTo(map);
                } else {
                    spot.remove();
                }
            },
            lookAt: function (geometry) {
                const bounds = L.geoJSON(geometry).getBounds();
                map.fitBounds(bounds.pad(0.5), { maxZoom: 15 });
            },
            showFaults: function (features) {
                group("faults").clearLayers();
                HomewardZones.faultLayer(features, canvas, APART).addTo(group("faults"));
            },
            showPackages: function (rows) {
                rows.forEach(function (row) {
                    const dot = HomewardZones.packageDot(row, Object.assign({ renderer: canvas }, APART));
                    if (dot) {
                        dot.addTo(group("packages"));
                    }
                });
            },
            showPostcodes: function (rows) {
                rows.forEach(function (row) {
                    L.circleMarker([row[1], row[2]], Object.assign({ renderer: canvas, radius: 1.5, weight: 0, fillColor: "#444", fillOpacity: 0.8, interactive: false }, APART)).addTo(group("postcodes"));
                });
            },
            /* Faint, and only for the eye and for snapping: never edited. */
            showOutline: function (name, features, look) {
                group(name).clearLayers();
                L.geoJSON(features, { pane: "theme-areas", interactive: false, style: Object.assign({ color: "#5a6b73", weight: 1, fill: false }, look), pmIgnore: true, snapIgnore: false }).addTo(group(name));
            },
            layer: function (name, shown) {
                if (shown) {
                    group(name).addTo(map);
                } else {
                    group(name).remove();
                }
                edit();
            },
        };
    }

    window.HomewardEditorMap = { start: start };
})();
