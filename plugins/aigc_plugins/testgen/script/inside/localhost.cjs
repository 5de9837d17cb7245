// Loaded before a runner: the sandbox has no network and no list of hosts, and Vite asks for the address of its own.
const dns = require("node:dns");

const { lookup } = dns.promises;
const address = { address: "127.0.0.1", family: 4 };

dns.promises.lookup = async (host, options) => {
  if (host !== "localhost") return lookup(host, options);
  return options?.all ? [address] : { ...address };
};
