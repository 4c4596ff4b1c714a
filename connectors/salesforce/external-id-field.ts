/**
 * The custom field that new people are created under (2.4), as the Tooling API and the metadata of the app make it. A field's shape cannot
 * be changed later without losing values, so both must make the same.
 */
export const externalIdField = {
  label: 'Affluent person ID',
  description: 'Id under which the audience hub Affluent knows this person.',
  type: 'Text',
  length: 64,
  externalId: true,
  unique: true,
  caseSensitive: false,
  required: false,
} as const
