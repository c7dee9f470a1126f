/**
 * The X.509 library's dependency injector insists on the metadata API of decorators, which it never uses for
 * what is done here. Import this before it. `reflect-metadata`, which acme-client brings, takes an API that is there
 * for an older version of itself and asks it for its keys.
 */
if (!('getMetadata' in Reflect)) {
  Object.assign(Reflect, {
    getMetadata() {},
    getOwnMetadata() {},
    getOwnMetadataKeys: () => [],
    defineMetadata() {},
  });
}
