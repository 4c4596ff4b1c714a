/** Largest answer that is read. A page of 10,000 report rows is some 10 MB; nothing we ask for is larger. */
export const maxAnswerBytes = 64 * 1024 * 1024
