/**
 * What of acme-client is used. A module of our own, since a bundle gives a CommonJS package that is imported
 * dynamically no names.
 */
export { axios, Client, crypto } from 'acme-client';
