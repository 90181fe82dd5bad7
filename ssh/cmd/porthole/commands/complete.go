package commands

import (
	"context"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"porthole/ssh/cmd/porthole/openssh"
	"porthole/ssh/cmd/porthole/settings"
	"porthole/ssh/cmd/porthole/tenant"
)

// completeTime is how long a shell waits for a completion.
const completeTime = 3 * time.Second

// completeDevice offers the names of devices that begin with what was typed.
func (a *app) completeDevice(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return a.deviceNames(cmd, typed), cobra.ShellCompDirectiveNoFileComp
}

// completeRemote offers devices for DEVICE:path, and with files also what is here.
func (a *app) completeRemote(files bool) cobra.CompletionFunc {
	return func(cmd *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
		directive := cobra.ShellCompDirectiveNoSpace
		if !files {
			directive |= cobra.ShellCompDirectiveNoFileComp
		}
		if strings.ContainsAny(typed, ":/") {
			return nil, directive // a path, which the device alone could complete
		}
		var found []string
		for _, name := range a.deviceNames(cmd, typed) {
			device, id, _ := strings.Cut(name, "\t")
			found = append(found, device+":\t"+id)
		}
		return found, directive
	}
}

func (a *app) deviceNames(cmd *cobra.Command, typed string) []string {
	ctx, cancel := context.WithTimeout(context.Background(), completeTime)
	defer cancel()
	client, _, err := a.open(cmd, nil)
	if err != nil {
		return nil
	}
	defer client.Close()
	found, err := client.Devices(ctx, typed+"*", 50)
	if err != nil {
		return nil
	}
	var names []string
	for _, device := range found {
		names = append(names, device.Name+"\t"+string(device.ID))
	}
	return names
}

// completeConfiguration offers the names of a device's configurations.
func (a *app) completeConfiguration(cmd *cobra.Command, args []string, all bool) ([]string, cobra.ShellCompDirective) {
	ctx, cancel := context.WithTimeout(context.Background(), completeTime)
	defer cancel()
	if len(args) == 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	client, set, err := a.open(cmd, nil)
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	defer client.Close()
	name := args[0]
	for _, arg := range args { // of cp, which may begin with a file
		if remote, _, ok := openssh.SplitRemote(arg); ok {
			name = remote
		}
	}
	device, err := client.FindDevice(ctx, name, set.Text(settings.ExternalType, "c8y_Serial"), false)
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var found []tenant.Configuration
	if found, err = client.Configurations(ctx, device.ID); err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var names []string
	for _, configuration := range found {
		if all || configuration.Passthrough() {
			names = append(names, configuration.Name+"\t"+configuration.Address())
		}
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}
