/** The shim of workers: their WebSocket passes the tunnel. It goes in front of their scripts. */

export {};
