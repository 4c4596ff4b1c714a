/** Where the card asks. Written by `affluent connect hubspot`: the hub's public address, and the connection's name in it. */
export const personAddress = 'https://hub.example.com/cards/hubspot/my-hubspot/person'
