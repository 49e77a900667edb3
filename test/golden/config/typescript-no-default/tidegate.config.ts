export const gateway = { version: 1 }
