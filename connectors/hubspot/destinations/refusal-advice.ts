/** What an admin can do about refusals that a change of the account's properties brings about, by our reason code. */
const advice: Readonly<Record<string, string>> = {
  unknown_option: 'Add the option to the property in HubSpot, or correct the value.',
  wrong_type:
    'The property takes values of another type: change its type in HubSpot, or what the field is filled with.',
}

/** The platform's words, with what can be done about them. */
export function withAdvice(code: string | undefined, said: string): string {
  const sentence = advice[code ?? '']
  return sentence === undefined ? said : [said, sentence].filter((part) => part !== '').join('. ')
}
