/** The program's version; a spec keeps it equal to package.json's. */
export const VERSION = '0.1.0'
