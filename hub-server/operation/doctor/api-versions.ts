/**
 * The last day on which a platform answers the version of its API that a connector speaks, as far as the platform says so; ISO dates. Meta:
 * https://developers.facebook.com/docs/marketing-api/versions (endpoints of v24.0 ended on 2026-10-06; v25.0 is expected to end in early 2027). HubSpot:
 * https://developers.hubspot.com/docs/api-reference/latest/overview (each dated version is supported for 18 months). Salesforce retires versions after
 * three years at the least: https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/api_rest_eol.htm
 */
export const lastDays: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  meta: { 'v23.0': '2026-06-09', 'v24.0': '2026-10-06', 'v25.0': '2027-02-28' },
  hubspot: { '2026-03': '2027-09-30', '2026-09': '2028-03-31' },
  salesforce: { '67.0': '2029-06-30' },
}
