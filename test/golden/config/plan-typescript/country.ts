export const country = 'at'
