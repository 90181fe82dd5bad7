package commands

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"porthole/ssh/cmd/porthole/keep"
	"porthole/ssh/cmd/porthole/output"
	"porthole/ssh/cmd/porthole/settings"
	"porthole/ssh/cmd/porthole/tenant"
)

// setting is one row of whoami.
type setting struct {
	Name   string `json:"setting"`
	Value  string `json:"value"`
	Source string `json:"source"`
}

func (a *app) whoamiCommand() *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use:   "whoami",
		Short: "Show who is signed in, and where each setting came from",
		Example: `  porthole whoami
  porthole whoami --output json`,
		Args: arguments(0, 0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.whoami(cmd.Context(), cmd, format)
		},
	}
	a.outputFlag(cmd, &format)
	return cmd
}

func (a *app) whoami(ctx context.Context, cmd *cobra.Command, format string) error {
	f, err := output.Parse(format)
	if err != nil {
		return err
	}
	set, err := a.load(cmd, nil)
	if err != nil {
		return err
	}
	rows := a.settingRows(set)
	client, err := a.client(set, 0)
	var who tenant.Identity
	if err == nil {
		defer client.Close()
		who, err = client.Identify(ctx)
	}
	if err == nil {
		access := "no: the role ROLE_REMOTE_ACCESS_ADMIN is missing"
		if who.RemoteAccess() {
			access = "yes"
		}
		rows = append(
			rows, setting{"signed in as", who.User, client.Host()},
			setting{"signed in to", string(who.Tenant), client.Host()},
			setting{"may connect", access, client.Host()},
		)
	}
	for _, note := range set.Notes {
		a.say("%s", note)
	}
	table := output.Rows{Header: []string{"SETTING", "VALUE", "SOURCE"}, Value: rows}
	for _, row := range rows {
		table.Rows = append(table.Rows, []string{row.Name, row.Value, row.Source})
	}
	if werr := output.Write(a.out, f, table); werr != nil {
		return werr
	}
	return err
}

// settingRows are the settings that somebody set, without their secrets.
func (a *app) settingRows(set *settings.Settings) []setting {
	var rows []setting
	for _, key := range settings.Keys() {
		value := set.Get(key)
		if value.Text == "" {
			continue
		}
		text := value.Text
		if key.Secret() {
			text = "(set)" + expiry(value.Text)
		}
		rows = append(rows, setting{string(key), text, value.Source})
	}
	if login, where, ok := a.kept(set); ok {
		rows = append(rows, setting{"kept token", fmt.Sprintf("(of %s)%s", login.User, keptUntil(login)), strings.TrimSpace("porthole login, " + where)})
	}
	return rows
}

// keptUntil is when a kept token ends, by its own word or by that of who gave it.
func keptUntil(login keep.Login) string {
	if !login.Expires.IsZero() {
		return until(login.Expires)
	}
	return expiry(login.Token)
}

func expiry(token string) string {
	claims, ok := tenant.ReadClaims(token)
	if !ok || claims.Expires.IsZero() {
		return ""
	}
	return until(claims.Expires)
}

func until(end time.Time) string {
	word := "until"
	if end.Before(time.Now()) {
		word = "expired at"
	}
	return " " + word + " " + end.Local().Format(time.DateTime)
}

func (a *app) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Show the version",
		Example: "  porthole version",
		Args:    arguments(0, 0, "no arguments"),
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprintf(a.out, "porthole %s\n", a.version)
			return err
		},
	}
}
