/** Full-width forms that keyboards for East Asian scripts type for ASCII, and the ideographic full stops. */
const fullWidth = /[\uff01-\uff5e\u3002\uff61]/g

/** Brings full-width letters, digits and signs ("＋８１", "ａ＠ｂ") to their ASCII form. Other characters stay as they are. */
export const toHalfWidth = (text: string): string =>
  text.replace(fullWidth, (character) =>
    character === '\u3002' || character === '\uff61'
      ? '.'
      : String.fromCharCode(character.charCodeAt(0) - 0xfee0),
  )
