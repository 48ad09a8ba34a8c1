/** The version of this package, as its `package.json` says. */
export const PACKAGE_VERSION = '0.1.0';
