/**
 * The X.509 library's dependency injector insists on the metadata API of decorators, which it never uses for
 * what is done here. Import this before it.
 */
if (!('getMetadata' in Reflect)) {
  Object.assign(Reflect, { getMetadata() {}, getOwnMetadata() {}, defineMetadata() {} });
}
