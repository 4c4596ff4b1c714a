import { describe, expect, it } from 'vitest'
import {
  existingPerson,
  kindOf,
  toOutcome,
} from '../../../../connectors/salesforce/destinations/record-errors.ts'

const refusal = (statusCode: string, message = 'why') => ({ statusCode, message, fields: ['Email'] })

describe('the table of per-record codes (chapter 2.4)', () => {
  it.each([
    ['UNABLE_TO_LOCK_ROW', 'failed', 'record_locked'],
    ['QUERY_TIMEOUT', 'failed', 'refused_for_now'],
    ['REQUEST_RUNNING_TOO_LONG', 'failed', 'refused_for_now'],
    ['SERVER_UNAVAILABLE', 'failed', 'refused_for_now'],
    ['UNKNOWN_EXCEPTION', 'failed', 'refused_for_now'],
    ['TXN_SECURITY_METADATA_BLOCKED', 'rejected', 'security_policy'],
    ['DUPLICATES_DETECTED', 'rejected', 'duplicate_rule'],
    ['DUPLICATE_VALUE', 'rejected', 'conflict'],
    ['DUPLICATE_EXTERNAL_ID', 'rejected', 'conflict'],
    ['REQUIRED_FIELD_MISSING', 'rejected', 'missing_required_field'],
    ['FIELD_CUSTOM_VALIDATION_EXCEPTION', 'rejected', 'validation_rule'],
    ['FIELD_FILTER_VALIDATION_EXCEPTION', 'rejected', 'validation_rule'],
    ['INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST', 'rejected', 'invalid_option'],
    ['STRING_TOO_LONG', 'rejected', 'too_long'],
    ['INVALID_EMAIL_ADDRESS', 'rejected', 'invalid_email'],
    ['NUMBER_OUTSIDE_VALID_RANGE', 'rejected', 'invalid_value'],
    ['INVALID_TYPE_ON_FIELD_IN_RECORD', 'rejected', 'invalid_value'],
    ['INVALID_FIELD_FOR_INSERT_UPDATE', 'rejected', 'no_permission'],
    ['INSUFFICIENT_ACCESS_OR_READONLY', 'rejected', 'no_permission'],
    ['INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY', 'rejected', 'no_permission'],
    ['INVALID_FIELD', 'rejected', 'no_permission'],
    ['ENTITY_IS_DELETED', 'rejected', 'not_found_on_platform'],
    ['INVALID_CROSS_REFERENCE_KEY', 'rejected', 'not_found_on_platform'],
    ['MALFORMED_ID', 'rejected', 'not_found_on_platform'],
    ['CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY', 'rejected', 'automation_failed'],
    ['APEX_ERROR', 'rejected', 'automation_failed'],
    ['CANNOT_UPDATE_CONVERTED_LEAD', 'rejected', 'converted_lead'],
    ['STORAGE_LIMIT_EXCEEDED', 'failed', 'org_limit_reached'],
    ['LIMIT_EXCEEDED', 'failed', 'org_limit_reached'],
    ['TOO_MANY_APEX_REQUESTS', 'failed', 'org_limit_reached'],
    ['ALL_OR_NONE_OPERATION_ROLLED_BACK', 'failed', 'rolled_back'],
    ['PROCESSING_HALTED', 'failed', 'rolled_back'],
    ['SOMETHING_NEW', 'rejected', 'refused_by_platform'],
    ['constructor', 'rejected', 'refused_by_platform'],
  ])('%s makes the record %s with %s', (statusCode, status, code) => {
    expect(toOutcome(refusal(statusCode))).toMatchObject({ status, reason: { code } })
  })

  it('shows the code, the fields and the words, without the person they quote', () => {
    expect(toOutcome(refusal('STRING_TOO_LONG', 'ada@example.com is too long'))).toMatchObject({
      reason: { message: 'STRING_TOO_LONG (Email): [email] is too long' },
    })
  })

  it('finds the person that a conflict names, among other ids', () => {
    const message = 'duplicate value found: X duplicates value on record with id: 0035g0000000001'
    expect(existingPerson(refusal('DUPLICATE_VALUE', message))).toBe('0035g0000000001AAA')
    expect(
      existingPerson(refusal('DUPLICATE_VALUE', 'Already a campaign member 00v5g0000000001AAA')),
    ).toBeUndefined()
    expect(kindOf(refusal('DUPLICATE_VALUE', message))).toBe('conflict')
  })
})
