package ports

import "strings"

// use is what a port or a program is known for.
type use struct {
	name string
	http HTTP
}

// service tells what listens: by the program where it is known, else by the port. A port
// without a well-known use may be asked.
func service(port int, program string) (string, HTTP) {
	if u, ok := byProgram[strings.ToLower(program)]; ok {
		return u.name, u.http
	}
	if u, ok := byPort[port]; ok {
		return u.name, u.http
	}
	return "", Unknown
}

// byProgram has the programs that devices run on ports of their own choice.
var byProgram = map[string]use{
	"apache2":         {"Apache", Yes},
	"caddy":           {"Caddy", Yes},
	"cockpit-tls":     {"Cockpit", Yes},
	"cupsd":           {"CUPS", Yes},
	"dnsmasq":         {"DNS", No},
	"docker-proxy":    {"", Unknown},
	"dropbear":        {"SSH", No},
	"grafana":         {"Grafana", Yes},
	"grafana-server":  {"Grafana", Yes},
	"haproxy":         {"", Unknown},
	"httpd":           {"Web server", Yes},
	"influxd":         {"InfluxDB", Yes},
	"lighttpd":        {"lighttpd", Yes},
	"mbusd":           {"Modbus gateway", Never},
	"mini_httpd":      {"Web server", Yes},
	"monit":           {"monit", Yes},
	"mosquitto":       {"MQTT", Unknown}, //nolint:misspell // the broker's name; its websocket listener speaks HTTP
	"nginx":           {"nginx", Yes},
	"node-red":        {"Node-RED", Yes},
	"node_exporter":   {"Prometheus node exporter", Yes},
	"prometheus":      {"Prometheus", Yes},
	"ser2net":         {"Serial port", Never},
	"socat":           {"", Unknown},
	"sshd":            {"SSH", No},
	"systemd-resolve": {"DNS", No},
	"tedge-agent":     {"thin-edge.io file transfer", Yes},
	"tedge-mapper":    {"thin-edge.io Cumulocity proxy", Yes},
	"thttpd":          {"Web server", Yes},
	"ttyd":            {"Terminal (ttyd)", Yes},
	"uhttpd":          {"Web server", Yes},
}

// byPort has well-known ports, by IANA's registry and by habit. Never is for what moves
// machines or prints: its server takes each byte for a command.
var byPort = map[int]use{
	// Web pages.
	80:    {"HTTP", Yes},
	443:   {"HTTPS", Yes},
	591:   {"HTTP", Yes},
	631:   {"CUPS", Yes},
	1880:  {"Node-RED", Yes},
	2812:  {"monit", Yes},
	3000:  {"Grafana", Yes},
	4200:  {"Shell In A Box", Yes},
	5000:  {"HTTP", Yes},
	5601:  {"Kibana", Yes},
	7681:  {"Terminal (ttyd)", Yes},
	8000:  {"HTTP", Yes},
	8001:  {"HTTP", Yes},
	8008:  {"HTTP", Yes},
	8080:  {"HTTP", Yes},
	8081:  {"HTTP", Yes},
	8086:  {"InfluxDB", Yes},
	8088:  {"HTTP", Yes},
	8123:  {"Home Assistant", Yes},
	8384:  {"Syncthing", Yes},
	8443:  {"HTTPS", Yes},
	8501:  {"HTTP", Yes},
	8888:  {"HTTP", Yes},
	9000:  {"HTTP", Yes},
	9090:  {"Cockpit or Prometheus", Yes},
	9093:  {"Alertmanager", Yes},
	9443:  {"HTTPS", Yes},
	10000: {"Webmin", Yes},
	15672: {"RabbitMQ", Yes},
	19999: {"Netdata or DNP3", Never}, // DNP3 over TLS; Netdata is opened by a click
	61208: {"Glances", Yes},

	// Services that speak something else.
	7:     {"Echo", No},
	21:    {"FTP", No},
	22:    {"SSH", No},
	23:    {"Telnet", No},
	25:    {"SMTP", No},
	53:    {"DNS", No},
	110:   {"POP3", No},
	111:   {"RPC portmapper", No},
	113:   {"Ident", No},
	139:   {"NetBIOS", No},
	143:   {"IMAP", No},
	161:   {"SNMP", No},
	179:   {"BGP", No},
	389:   {"LDAP", No},
	445:   {"SMB", No},
	465:   {"SMTP", No},
	554:   {"RTSP", No},
	587:   {"SMTP", No},
	636:   {"LDAP", No},
	853:   {"DNS over TLS", No},
	873:   {"rsync", No},
	993:   {"IMAP", No},
	995:   {"POP3", No},
	1080:  {"SOCKS", No},
	1194:  {"OpenVPN", No},
	1433:  {"SQL Server", No},
	1521:  {"Oracle", No},
	1723:  {"PPTP", No},
	1883:  {"MQTT", No},
	2049:  {"NFS", No},
	2222:  {"SSH or EtherNet/IP", Never},
	2947:  {"gpsd", No},
	3306:  {"MySQL", No},
	3389:  {"Remote Desktop", No},
	5222:  {"XMPP", No},
	5355:  {"LLMNR", No},
	5432:  {"PostgreSQL", No},
	5555:  {"Android Debug Bridge", No},
	5671:  {"AMQP", No},
	5672:  {"AMQP", No},
	5683:  {"CoAP", No},
	5684:  {"CoAP", No},
	5900:  {"VNC", No},
	5901:  {"VNC", No},
	6000:  {"X11", No},
	6379:  {"Redis", No},
	8554:  {"RTSP", No},
	8883:  {"MQTT", No},
	9092:  {"Kafka", No},
	11211: {"memcached", No},
	11883: {"MQTT", No},
	27017: {"MongoDB", No},

	// Control protocols, serial ports and printers.
	102:   {"Siemens S7", Never},
	502:   {"Modbus", Never},
	515:   {"Printer (LPD)", Never},
	771:   {"Serial port (RealPort)", Never},
	789:   {"Red Lion Crimson", Never},
	802:   {"Modbus over TLS", Never},
	1089:  {"Foundation Fieldbus", Never},
	1090:  {"Foundation Fieldbus", Never},
	1091:  {"Foundation Fieldbus", Never},
	1217:  {"CODESYS", Never},
	1911:  {"Niagara Fox", Never},
	1962:  {"PCWorx", Never},
	2404:  {"IEC 60870-5-104", Never},
	2455:  {"CODESYS", Never},
	4001:  {"Serial port (NPort)", Never},
	4840:  {"OPC UA", Never},
	4843:  {"OPC UA over TLS", Never},
	4911:  {"Niagara Fox over TLS", Never},
	5006:  {"MELSEC", Never},
	5007:  {"MELSEC", Never},
	5094:  {"HART-IP", Never},
	9100:  {"Printer (raw)", Never},
	9600:  {"Omron FINS", Never},
	10001: {"Serial port", Never},
	11740: {"CODESYS", Never},
	18245: {"GE SRTP", Never},
	18246: {"GE SRTP", Never},
	20000: {"DNP3", Never},
	20547: {"ProConOS", Never},
	34962: {"PROFINET", Never},
	34963: {"PROFINET", Never},
	34964: {"PROFINET", Never},
	34980: {"EtherCAT", Never},
	44818: {"EtherNet/IP", Never},
	47808: {"BACnet", Never},
	55000: {"FL-net", Never},
	55001: {"FL-net", Never},
	55002: {"FL-net", Never},
	55003: {"FL-net", Never},
}
