// Which violations of the published contract are known to be the contract's own fault.
//
// Each waiver names the entry of data/ghl/known-spec-defects.json that it stands on, by its `op`; what matches no
// waiver is a failure, and so is a waiver that nothing needed.

import { readFileSync } from 'node:fs';

const WAIVERS = [
  {
    defect: 'POST /conversations/messages',
    operation: /^POST \/conversations\/messages$/,
    violation: /request body.*required property '(subType|status)'/i,
  },
  {
    defect: 'GET /conversations/{id}/messages',
    operation: /^GET \/conversations\/[^/]+\/messages$/,
    violation: /response body.*(required property '(lastMessageId|nextPage)'|messages must be array)/i,
  },
  {
    defect: 'opportunities (all)',
    operation: / \/opportunities\//,
    violation: /response body.*(indexVersion must be string|(stages|notes|tasks|followers|calendarEvents)\S* must be array)/i,
  },
  {
    defect: 'POST /opportunities/upsert',
    operation: /^POST \/opportunities\/upsert$/,
    violation: /request body.*required property '(followers|isRemoveAllFollowers|followersActionType)'/i,
  },
  {
    defect: 'POST /opportunities/search',
    operation: /^POST \/opportunities\/search$/,
    violation: /request body.*required property '(query|limit|page|searchAfter|additionalDetails)'/i,
  },
  {
    defect: 'POST /contacts/search',
    operation: /^POST \/contacts\/search$/,
    violation: /Unable to match the returned status code with those defined in the document/i,
    statuses: [422],
  },
  {
    defect: 'calendars (events, blocked slots)',
    operation: / \/calendars\/(events|blocked-slots)/,
    violation: /response body.*(startTime|endTime|dateAdded|dateUpdated) must be object/i,
  },
  {
    defect: 'POST /locations/{locationId}/tasks/search',
    operation: /^POST \/locations\/[^/]+\/tasks\/search$/,
    violation: /response body.*tasks\.\d+ must be array/i,
  },
  {
    defect: 'GET /calendars/{id}/free-slots',
    operation: /^GET \/calendars\/[^/]+\/free-slots$/,
    violation: /response body.*traceId must be object/i,
  },
  {
    defect: 'all',
    operation: /./,
    violation: /Unable to match the returned status code with those defined in the document/i,
    statuses: [403, 429, 500, 502, 503, 504],
  },
];

/** The waivers, each checked against the list of defects. */
export function waivers(defectsFile) {
  const { defects } = JSON.parse(readFileSync(defectsFile, 'utf8'));
  const used = new Set();
  for (const waiver of WAIVERS) {
    if (!defects.some(({ op }) => op === waiver.defect)) {
      throw new Error(`no known defect is called "${waiver.defect}"`);
    }
  }
  return {
    /** Whether a violation is a known defect. */
    covers(operation, status, violation) {
      const found = WAIVERS.find(
        (waiver) =>
          waiver.operation.test(operation) &&
          waiver.violation.test(violation) &&
          (waiver.statuses === undefined || waiver.statuses.includes(status)),
      );
      if (found !== undefined) used.add(found);
      return found !== undefined;
    },
    /** Waivers that nothing needed. */
    unused: () => WAIVERS.filter((waiver) => !used.has(waiver)).map(({ defect }) => defect),
  };
}
