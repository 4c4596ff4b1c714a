/** Exit codes of the command line; Terraform's meaning for 2, sysexits.h for 64, 75 and 78. */
export const exitCode = {
  done: 0,
  failed: 1,
  changesPending: 2,
  rejectedRows: 3,
  notAllowed: 4,
  approvalNeeded: 5,
  wrongUsage: 64,
  busy: 75,
  configurationInvalid: 78,
  interrupted: 130,
} as const
