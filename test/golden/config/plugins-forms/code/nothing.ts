export const geo = 1
